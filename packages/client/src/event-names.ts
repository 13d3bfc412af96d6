/** @internal Gives a class the names of its events as static members. */
export function nameEvents<E extends string>(of: { readonly [name in E]: name }, events: E[]) {
  for (const event of events) Object.assign(of, { [event]: event });
}
