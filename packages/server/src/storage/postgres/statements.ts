import { hash } from 'node:crypto';

/** How many statements a connection keeps prepared, at both its ends. */
const keptStatements = 400;

/**
 * Which statements a connection has prepared under a name. One that comes a second time is; lists of changing length
 * make many that never do. They stay until the connection ends: lists that come often are `evened`.
 */
export class Statements {
  readonly #seen = new Map<string, string | undefined>();
  #named = 0;

  /** @returns the name to prepare it under; undefined for once only */
  nameOf(sql: string): string | undefined {
    const known = this.#seen.get(sql);
    if (known !== undefined) return known;
    if (!this.#seen.has(sql)) {
      if (this.#seen.size >= 4 * keptStatements) this.#forgetUnnamed();
      this.#seen.set(sql, undefined);
      return undefined;
    }
    if (this.#named >= keptStatements) return undefined;
    this.#named += 1;
    const name = hash('md5', sql, 'hex');
    this.#seen.set(sql, name);
    return name;
  }

  #forgetUnnamed(): void {
    for (const [sql, name] of this.#seen) if (name === undefined) this.#seen.delete(sql);
  }
}
