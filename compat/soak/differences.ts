/** Where two values that JSON can say are not the same: the path, and both. */
export function differences(held: unknown, there: unknown, path = ''): string[] {
  if (isObject(held) && isObject(there)) {
    const keys = new Set([...Object.keys(held), ...Object.keys(there)]);
    return [...keys].flatMap((key) => differences(held[key], there[key], `${path}/${key}`));
  }
  if (Object.is(held, there)) return [];
  return [`${path}: the page holds ${JSON.stringify(held)}, there is ${JSON.stringify(there)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
