import { errors } from './errors.ts';

/** The page `docs/reference/errors.md`. Holes show as `{name}`. */
export function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, message, help }]) => `| ${code} | ${status} | ${cell(message)} | ${cell(help)} |`,
  );
  return `# Errors

Made from \`packages/protocol/src/errors/\`; a test says when it is not.

REST answers with the HTTP status and the body
\`{ "code", "message", "more_info", "status" }\`, always these four. The realtime API answers with a JSON-RPC error
of the same code and message; its \`data\` has the status and the help. A request that fails has changed nothing.

The table has every code of the contract, also those that nothing on this server answers: what programs written for
the hosted API may look for.

| Code | HTTP | Message | What to do |
|--:|--:|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
