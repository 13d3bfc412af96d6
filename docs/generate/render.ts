import ts from 'typescript';
import type { Exported, Packages } from './declarations.ts';
import { type Comment, Describer, type Method, oneLine, type Property } from './describe.ts';
import { eventTypes, type Page, pages } from './pages.ts';

export const command = 'npm test -- docs -u';
const written = `<!-- Written from the comments of the sources by \`${command}\`. Change those, not this page. -->`;

/** @returns the text of each page, by its file's name. @throws where an export is on no page or on two, or what should have a comment has none */
export function renderReference(packages: Packages): Map<string, string> {
  const renderer = new Renderer(packages);
  const files = new Map(pages.map((page) => [`${page.file}.md`, renderer.page(page)]));
  const { uncommented } = renderer;
  if (uncommented.length) throw new Error(`No comment says what these are: ${uncommented.join(', ')}.`);
  return files.set('README.md', renderer.index());
}

class Renderer {
  readonly #packages: Packages;
  readonly #describer: Describer;
  /** Where each name of a package is described. */
  readonly #places = { client: new Map<string, string>(), react: new Map<string, string>() };
  /** Methods and events without a comment. */
  readonly uncommented: string[] = [];

  constructor(packages: Packages) {
    this.#packages = packages;
    this.#describer = new Describer(packages);
    for (const { file, exports } of pages) {
      const from = packageOf(`${file}.md`);
      const places = this.#places[from];
      for (const name of exports) {
        if (!packages[from].has(name)) throw new Error(`${file} is to describe ${name}, which is not exported.`);
        if (places.has(name)) throw new Error(`Two pages describe ${name}.`);
        places.set(name, `${file}.md#${name.toLowerCase()}`);
      }
    }
    for (const from of ['client', 'react'] as const) {
      for (const name of packages[from].keys()) {
        if (!this.#places[from].has(name) && !eventTypes.includes(name))
          throw new Error(`No page describes ${name}: name it in docs/generate/pages.ts.`);
      }
    }
  }

  index(): string {
    const lines = [
      written,
      '# The client SDK',
      'Everything that [`@colloquy/client`](client.md) and [`@colloquy/react`](react.md) export.',
      'How to use it: [Working with conversations](../../guides/working-with-conversations.md) and',
      '[React](../../guides/react.md). All codes of errors: [Errors of the SDK](../client-errors.md).',
    ];
    const text = [`${lines[0]}\n\n${lines[1]}\n\n${lines.slice(2).join('\n')}`];
    for (const { file, title, about, exports } of pages) {
      const names = exports.map((name) => `[\`${name}\`](${this.#placeOf(name, `${file}.md`)})`);
      text.push(`**[${title}](${file}.md)**: ${about}\\\n${names.join(' · ')}`);
    }
    return `${text.join('\n\n')}\n`;
  }

  page(page: Page): string {
    const here = `${page.file}.md`;
    const exports = this.#packages[packageOf(here)];
    const [first = ''] = page.exports;
    // A class that has a page to itself needs no second heading.
    const parts = [written, `# ${page.title}`];
    if (page.intro) parts.push(page.intro);
    for (const name of page.exports) {
      if (name !== page.title) parts.push(`## ${name}`);
      parts.push(...this.#entry(exports.get(name) as Exported, here, name === first && name === page.title));
    }
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  }

  #entry(exported: Exported, here: string, isWhole: boolean): string[] {
    const { declaration, symbol } = exported;
    if (symbol.name !== exported.name && this.#placeOf(symbol.name, here))
      return [`Another name of ${this.#link(symbol.name, here)}.`];
    if (ts.isClassDeclaration(declaration)) return this.#class(exported, here, isWhole ? '##' : '###');
    if (ts.isFunctionDeclaration(declaration)) {
      return this.#describer.functionOf(exported).flatMap((method) => this.#signature(method, here, ''));
    }
    const comment = this.#comment(this.#describer.commentOf(symbol), here);
    if (ts.isVariableDeclaration(declaration)) return [...comment, ...this.#constant(exported, here)];
    const isList =
      ts.isInterfaceDeclaration(declaration) ||
      (ts.isTypeAliasDeclaration(declaration) && ts.isTypeLiteralNode(declaration.type));
    if (!isList) {
      const text = code(declaration.getText().replace(/^export /, ''));
      return [...comment, text, this.#see([declaration.getText()], here, exported.name)];
    }
    const members = this.#typeMembers(exported, here);
    return [...comment, ...(members.length ? members : [code(declaration.getText().replace(/^export /, ''))])];
  }

  #class(exported: Exported, here: string, heading: string): string[] {
    const { constructors, statics, properties, methods, events } = this.#describer.classOf(exported);
    const parts = this.#comment(this.#describer.commentOf(exported.symbol), here);
    const callable = [...constructors, ...statics.methods, ...methods];
    const links = callable.map((method) => `[\`${method.prefix}${method.name}\`](#${anchor(titleOf(method))})`);
    if (events) links.push('[events](#events)');
    if (links.length > 5) parts.push(links.join(' · '));
    parts.push(...this.#properties([...statics.properties, ...properties], here, `${heading} Properties`));
    if (callable.length) parts.push(`${heading} Methods`);
    for (const method of callable)
      parts.push(`${heading}# ${titleOf(method)}`, ...this.#signature(method, here, exported.name));
    if (events) parts.push(...this.#events(exported, events, here, heading));
    return parts;
  }

  #events({ name }: Exported, type: string, here: string, heading: string): string[] {
    const exported = this.#packages.client.get(type);
    if (!exported) throw new Error(`${type}, the events of ${name}, are not exported.`);
    const { properties } = this.#describer.typeMembersOf(exported);
    const rows = properties.map((event) => {
      this.#require(event.comment, `${name} '${event.name}'`);
      const listener = /^\((.*)\) => void$/.exec(event.type)?.[1] ?? '';
      return [`\`${event.name}\``, listener && this.#type(listener, here), this.#cell(event.comment, here)];
    });
    const how = `Listen with \`on\` and the other methods of [\`Emitter\`](common.md#emitter): \`on('updated', …)\`.`;
    return [`${heading} Events`, how, table(['Event', 'The listener gets', 'When'], rows)];
  }

  #typeMembers(exported: Exported, here: string): string[] {
    const { properties, methods } = this.#describer.typeMembersOf(exported);
    const parts = this.#properties(properties, here, '');
    for (const method of methods)
      parts.push(`### ${exported.name}.${method.name}`, ...this.#signature(method, here, exported.name));
    return parts;
  }

  #properties(properties: Property[], here: string, heading: string): string[] {
    if (!properties.length) return [];
    const rows = properties.map(({ name, type, isOptional, comment }) => [
      `\`${name}${isOptional ? '?' : ''}\``,
      this.#type(type, here),
      this.#cell(comment, here),
    ]);
    return [heading, table(['Property', 'Type', ''], rows)];
  }

  #signature(method: Method, here: string, owner: string): string[] {
    const { prefix, name, generics, parameters, result, comment } = method;
    this.#require(comment, `${owner} ${prefix}${name}`);
    const texts = parameters.map(({ text }) => text);
    const end = prefix === 'new ' ? '' : `: ${result}`;
    const called = prefix + name + generics;
    const short = `${called}(${texts.join(', ')})${end}`;
    const long = `${called}(\n${texts.map((text) => `  ${text},\n`).join('')})${end}`;
    const types = [...texts, ...(end ? [result] : [])];
    return [
      code(short.length > 100 ? long : short),
      ...this.#comment(comment, here),
      this.#see(types, here, owner || name),
    ];
  }

  #constant(exported: Exported, here: string): string[] {
    const { properties } = this.#describer.constantOf(exported);
    const rows = properties.map(({ name, type, comment }) => [`\`${name}\``, `\`${type}\``, this.#cell(comment, here)]);
    return [table(['Name', 'Value', ''], rows)];
  }

  #require({ text, returns }: Comment, name: string): void {
    if (!text && !returns) this.uncommented.push(name);
  }

  #comment({ text, params, returns, throws }: Comment, here: string): string[] {
    const list = [...params].map(([name, what]) => `- \`${name}\`: ${this.#linked(what, here)}`);
    if (returns) list.push(`- Returns ${this.#linked(returns, here)}`);
    for (const each of throws) list.push(`- Throws ${this.#linked(each, here)}`);
    return [this.#linked(text, here), list.join('\n')];
  }

  #cell(comment: Comment, here: string): string {
    return this.#comment(comment, here).filter(Boolean).join(' ').replace(/\n+/g, ' ');
  }

  /** Names of exports in code become links. */
  #linked(text: string, here: string): string {
    return text
      .replace(/(?<![`\w])ColloquyError\b/g, '`ColloquyError`')
      .replace(/`(\w+)`/g, (whole, name: string) => (this.#placeOf(name, here) ? this.#link(name, here) : whole))
      .replace(/docs\/reference\/(\S+\.md)/g, '[$1](../$1)');
  }

  #link(name: string, here: string): string {
    const [file, fragment] = (this.#placeOf(name, here) as string).split('#');
    return `[\`${name}\`](${file === here ? '' : file}#${fragment})`;
  }

  /** A type in a table: a link where it names one export. */
  #type(type: string, here: string): string {
    const names = this.#named([type], here);
    const shown = `\`${type.replaceAll('|', '\\|')}\``;
    const [name] = names;
    if (!name || names.length > 1) return [shown, ...names.map((each) => this.#link(each, here))].join(' ');
    const [file, fragment] = (this.#placeOf(name, here) as string).split('#');
    return `[${shown}](${file === here ? '' : file}#${fragment})`;
  }

  /** Links to what a signature names, save for what stands in every other one. */
  #see(types: string[], here: string, self: string): string {
    const names = this.#named(types, here).filter(
      (name) => name !== self && name !== 'CallOptions' && name !== 'JSONValue',
    );
    return names.length ? `See ${names.map((name) => this.#link(name, here)).join(', ')}.` : '';
  }

  #named(types: string[], here: string): string[] {
    const words = types.flatMap((type) => oneLine(type).match(/\b[A-Z]\w+/g) ?? []);
    return [...new Set(words)].filter((word) => this.#placeOf(word, here));
  }

  /** The hooks have types with names that types of the client's own have, too. */
  #placeOf(name: string, here: string): string | undefined {
    return (packageOf(here) === 'react' && this.#places.react.get(name)) || this.#places.client.get(name);
  }
}

function packageOf(page: string): 'client' | 'react' {
  return page === 'react.md' ? 'react' : 'client';
}

function titleOf({ prefix, name }: Method): string {
  return prefix + name;
}

/** As GitHub and the like make it of a heading. */
export function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.map((line) => line.replace(/ +\|/g, ' |')).join('\n');
}
