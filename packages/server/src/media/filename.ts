const longest = 256;

/**
 * A name to show and to offer for saving, never one to store under: the last segment of what was given, without
 * control characters and such as turn the reading direction, at most 256 characters. Null when nothing is left.
 */
export function safeFilename(given: string | null | undefined): string | null {
  const name = (given ?? '')
    .toWellFormed()
    .split(/[/\\]/)
    .at(-1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what goes
    ?.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
  if (!name || /^\.+$/.test(name)) return null;
  return [...name].slice(0, longest).join('').slice(0, longest).toWellFormed();
}
