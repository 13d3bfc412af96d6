import { limits } from '@colloquy/protocol';
import type { Amount } from './amounts.ts';
import { settableLimits } from './limit-settings.ts';

/** The page `docs/reference/limits.md`. */
export function limitsPage(): string {
  return `# Limits

<!-- Written from packages/server/src/config/limits-page.ts: \`npm test -- packages/server/src/config -u\` -->

The defaults are those of the contract. An operator sets other ones with the setting
[\`limits\`](settings.md#limits), all of them in one value:

\`\`\`sh
colloquy-server --limits participantsPerConversation=100,messageBodyBytes=1600
\`\`\`

In a configuration file it is an object:

\`\`\`json
{ "limits": { "participantsPerConversation": 100, "messageBodyBytes": 1600 } }
\`\`\`

A lower limit holds for what is made or changed from then on; what is stored already stays, and can be read. What is
beyond a limit is refused, and the message of the error names the limit. Characters are UTF-16 code units, as
JavaScript counts them; bytes are those of UTF-8.

${table(settableLimits, limits)}

Not to be set: a request has at most ${limits.requestBodyBytes / 1024} KB (an upload has the limits of its file), a page of
a list has at most as many items as the contract says, and an idempotency key has at most ${limits.idempotencyKey} characters.
`;
}

/** A row for each amount; sizes in bytes also in what people count in. */
function table<Name extends string>(
  amounts: Readonly<Record<Name, Amount>>,
  defaults: Readonly<Record<Name, number>>,
): string {
  const rows = (Object.keys(amounts) as Name[]).map((name) => {
    const { about, min, max } = amounts[name];
    return `| \`${name}\` | ${about} | ${defaults[name]}${inWords(name, defaults[name])} | ${min}–${max} |`;
  });
  return ['| Name | How many | Default | Allowed |', '|---|---|--:|--:|', ...rows].join('\n');
}

function inWords(name: string, bytes: number): string {
  if (!name.endsWith('Bytes')) return '';
  return bytes % 1024 ** 2 === 0 ? ` (${bytes / 1024 ** 2} MB)` : ` (${bytes / 1024} KB)`;
}
