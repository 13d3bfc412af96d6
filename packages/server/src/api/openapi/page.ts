import type { Limits } from '@colloquy/protocol';
import type {
  Answer,
  DescribedMethod,
  EndpointDescription,
  OperationDescription,
  ResourceDescription,
} from './describe.ts';
import { limited } from './document.ts';
import type { Field, Fields } from './fields.ts';
import { type Html, html, join } from './html.ts';
import { pathParameters, pathsOf } from './paths.ts';
import { resources } from './resources.ts';
import { schemas } from './schemas.ts';
import { typeOf } from './type-names.ts';

/**
 * The description as a page for people: one file without scripts, so that it needs nothing but its own style.
 *
 * @param limits as the operator has set them
 */
export function renderPage(limits: Limits, version: string, style: string): string {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Colloquy REST API</title>
<style>${{ html: style }}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>Colloquy REST API</h1>
<p>Version ${version}. The same for programs: <a href="openapi.json">openapi.json</a>.</p>
<p>Requests carry HTTP Basic credentials: account SID and auth token, or API key SID and secret. Bodies are
form-encoded where fields of a form are listed, else JSON; answers are JSON. Dates are ISO 8601 in UTC. What is refused
has changed nothing, and is answered with <a href="#schema-Error">an error</a>.</p>
</header>
<div class="columns">
<nav aria-label="Resources"><ul>
${join(resources.map(({ name }) => html`<li><a href="#${anchor(name)}">${name}</a></li>\n`))}<li><a href="#schemas">Schemas</a></li>
</ul></nav>
<main id="operations" tabindex="-1">
${join(resources.map((resource) => renderResource(resource, limits)))}
<section id="schemas" aria-labelledby="schemas-title">
<h2 id="schemas-title">Schemas</h2>
<p>What answers look like. Every member is always there.</p>
${join(Object.entries<Fields>(schemas).map(([name, members]) => renderSchema(name, members)))}
${renderSchema('Error', errorMembers)}
</section>
</main>
</div>
</body>
</html>
`;
  return body.html;
}

const errorMembers: Fields = {
  code: { schema: { type: 'integer' }, about: 'Tells what went wrong to a program.', required: true },
  message: { schema: { type: 'string' }, about: 'Tells it to a person.', required: true },
  more_info: { schema: { type: 'string', format: 'uri' }, about: 'Where to read on.', required: true },
  status: { schema: { type: 'integer' }, about: 'The HTTP status of the answer.', required: true },
};

function anchor(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

function renderResource({ name, about, endpoints }: ResourceDescription, limits: Limits): Html {
  const id = anchor(name);
  const operations = endpoints.flatMap((endpoint) =>
    (Object.entries(endpoint.operations) as [DescribedMethod, OperationDescription][]).map(([method, operation]) =>
      renderOperation(endpoint, method, operation, limits),
    ),
  );
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${name}</h2>
<p>${about}</p>
${join(operations)}</section>
`;
}

function renderOperation(
  endpoint: EndpointDescription,
  method: DescribedMethod,
  operation: OperationDescription,
  limits: Limits,
): Html {
  const paths = pathsOf(endpoint);
  // The longer path names all that the shorter one does.
  const [shown = '', longest = shown] = paths;
  const { query, headers, form, json, raw, summary, answers } = operation;
  const inPath = Object.fromEntries(
    pathParameters(longest).map(({ name, field }) => [name, { ...field, required: true }]),
  );
  return html`<details>
<summary><span class="method ${method.toLowerCase()}">${method}</span> <code>${breakable(shown)}</code>
<span class="about">${summary}</span></summary>
<div class="body">
${paths.length > 1 ? html`<p>Of a named service: <code>${breakable(longest)}</code></p>\n` : ''}${renderFields('Path', inPath, limits)}${renderFields('Query', query, limits)}${renderFields('Headers', headers, limits)}${renderFields('Form fields', form ?? {}, limits)}${renderFields('JSON body', json ?? {}, limits)}${raw ? html`<h3>Body</h3><p>The bytes of the file.</p>\n` : ''}<h3>Answer</h3>
<p>${join(answers.map(renderAnswer))}</p>
</div>
</details>
`;
}

/** Lets a long path go on in the next line. */
function breakable(path: string): Html {
  return join(path.split(/(?=\/)/).map((segment) => html`${segment}<wbr>`));
}

function renderFields(title: string, fields: Fields, limits: Limits): Html {
  const rows = Object.entries(fields).map(([name, field]) => renderField(name, limited(field, limits)));
  if (rows.length === 0) return html``;
  return html`<h3>${title}</h3>
<dl>
${join(rows)}</dl>
`;
}

function renderField(name: string, field: Field): Html {
  return html`<div><dt><code>${name}</code>${field.required ? html` <em>required</em>` : ''}</dt><dd><span class="type">${typeOf(field.schema)}</span> ${field.about}</dd></div>
`;
}

function renderAnswer({ status, schema, listKey, isArray, type }: Answer): Html {
  if (type !== undefined) return html`${status}: ${type}. `;
  if (schema === undefined) return html`${status}, without a body. `;
  const link = html`<a href="#schema-${schema}">${schema}</a>`;
  if (isArray) return html`${status}: a list of ${link}. `;
  return listKey === undefined
    ? html`${status}: ${link}. `
    : html`${status}: a page of ${link} as <code>${listKey}</code>. `;
}

function renderSchema(name: string, members: Fields): Html {
  const rows = Object.entries(members).map(([member, field]) => renderField(member, { ...field, required: false }));
  return html`<section class="schema" id="schema-${name}">
<h3><code>${name}</code></h3>
<dl>
${join(rows)}</dl>
</section>
`;
}
