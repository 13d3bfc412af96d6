/**
 * What an error says to a person who can do something about it: our own errors are plain ones and whole sentences, and
 * those of the system say what was tried, with which file. A TypeError and its like are mistakes in the program.
 *
 * @returns undefined where nothing but the stack says enough
 */
export function ownWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return ofTheSystem(error);
  // As of `fetch`, whose own error does not say why.
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (cause?.syscall !== undefined) return ofTheSystem(cause);
  // Node's own, beginning so, are of calls that were made wrongly.
  const isKnown = error.constructor === Error || (code !== undefined && !code.startsWith('ERR_'));
  return isKnown ? withFullStop(error.message) : undefined;
}

/**
 * Why the system refused, for a sentence that says itself what was tried: `permission denied (EACCES)`.
 *
 * @returns undefined of other errors
 */
export function whyOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return undefined;
  // `EACCES: permission denied, mkdir '/root/x'`
  const why = new RegExp(`^${code}: (.*?), ${syscall}\\b`).exec(message)?.[1];
  return why === undefined ? code : `${why} (${code})`;
}

function ofTheSystem(error: NodeJS.ErrnoException): string {
  const { message, code, syscall, path } = error;
  const why = whyOf(error);
  if (why === undefined || why === code) return withFullStop(message);
  return `Cannot ${syscall}${path === undefined ? '' : ` ${path}`}: ${why}.`;
}

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
