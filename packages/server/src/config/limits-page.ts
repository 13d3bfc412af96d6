import { limits } from '@colloquy/protocol';
import { contractRates, type RateLimits } from '../core/rates/rate-limits.ts';
import type { Amount } from './amounts.ts';
import { settableLimits } from './limit-settings.ts';
import { settableRates } from './rate-settings.ts';

/** The page `docs/reference/limits.md`. */
export function limitsPage(): string {
  return `# Limits

<!-- Written from packages/server/src/config/limits-page.ts: \`npm test -- packages/server/src/config -u\` -->

The defaults are those of the contract. An operator sets other ones with the setting
[\`limits\`](settings.md#limits), all of them in one value:

\`\`\`sh
colloquy start --limits participantsPerConversation=100,messageBodyBytes=1600
\`\`\`

In a configuration file it is an object:

\`\`\`json
{ "limits": { "participantsPerConversation": 100, "messageBodyBytes": 1600 } }
\`\`\`

A lower limit holds for what is made or changed from then on; what is stored already stays, and can be read. What is
beyond a limit is refused, and the message of the error names the limit. Characters are UTF-16 code units, as
JavaScript counts them; bytes are those of UTF-8.

${limitsTable()}

Not to be set: a request has at most ${limits.requestBodyBytes / 1024} KB (an upload has the limits of its file), a page of
a list has at most as many items as the contract says, and an idempotency key has at most ${limits.idempotencyKey} characters.

## Rates

How often things may happen is not limited unless an operator wants it: see
[why](../decisions/0006-rates-are-not-limited-by-default.md). The setting [\`rateLimits\`](settings.md#ratelimits) is \`off\`,
or \`contract\` for the rates of the hosted service, or names with numbers, which may begin with \`contract\` to change
some of those; 0 stands for no limit:

\`\`\`sh
colloquy start --rate-limits contract,messages=100,requests=500
\`\`\`

What is beyond a rate is refused with HTTP status 429, the code of the table, and \`Retry-After\` in whole seconds; the
realtime API says it as \`retryAfter\` in the error's \`data\`. Nothing has happened then, and the same request may be
sent again with the same idempotency key. So many as the rate says may come at once; after that, one each time its
share of a second has passed. Changes are counted when what the path names is there and the caller may see it, and
before anything else of them is looked at: one that is refused afterwards has been counted. Reading is not counted as
a change, nor is what a channel brings in or a timer does. A node counts for itself.

Whatever the setting says, 2,000 changes of one app user may wait to be written at a time; more are refused with 20429.

${ratesTable()}
`;
}

function limitsTable(): string {
  const rows = namesOf(settableLimits).map((name) => {
    const { about, min, max }: Amount = settableLimits[name];
    return `| \`${name}\` | ${about} | ${limits[name]}${inWords(name, limits[name])} | ${min}–${max} |`;
  });
  return ['| Name | How many | Default | Allowed |', '|---|---|--:|--:|', ...rows].join('\n');
}

function ratesTable(): string {
  const contract: RateLimits = contractRates;
  const rows = namesOf(settableRates).map(
    (name) => `| \`${name}\` | ${settableRates[name].about} | ${contract[name] ?? '–'} |`,
  );
  return ['| Name | How many | `contract` |', '|---|---|--:|', ...rows].join('\n');
}

function namesOf<Name extends string>(amounts: Readonly<Record<Name, Amount>>): Name[] {
  return Object.keys(amounts) as Name[];
}

/** Sizes in bytes also in what people count in. */
function inWords(name: string, bytes: number): string {
  if (!name.endsWith('Bytes')) return '';
  return bytes % 1024 ** 2 === 0 ? ` (${bytes / 1024 ** 2} MB)` : ` (${bytes / 1024} KB)`;
}
