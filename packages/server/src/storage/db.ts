import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Connection, Value } from './connection.ts';
import type { Schema } from './schema.ts';

/** Stands in a prepared statement where a parameter will be. */
class Hole {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

// Every property is a hole of that name. The type says it is the value, since that is what Kysely has to believe.
const holes = new Proxy({}, { get: (_target, name) => new Hole(String(name)) });

/** A statement that is built and compiled once. Building one with Kysely costs several times what SQLite needs to run it. */
export class Prepared<P, R> {
  readonly #build: (sql: Kysely<Schema>, parameters: P) => Compilable<R>;
  readonly #compiled = new WeakMap<Kysely<Schema>, { sql: string; fill: (parameters: P) => Value[] }>();

  constructor(build: (sql: Kysely<Schema>, parameters: P) => Compilable<R>) {
    this.#build = build;
  }

  for(sql: Kysely<Schema>): { sql: string; fill: (parameters: P) => Value[] } {
    let ready = this.#compiled.get(sql);
    if (!ready) {
      const query: CompiledQuery = this.#build(sql, holes as P).compile();
      const slots = query.parameters;
      const fill = (parameters: P) =>
        slots.map((slot) => (slot instanceof Hole ? parameters[slot.name as keyof P] : slot) as Value);
      ready = { sql: query.sql, fill };
      this.#compiled.set(sql, ready);
    }
    return ready;
  }
}

/**
 * `prepare((sql, p: { sid: string }) => sql.selectFrom('users').selectAll().where('sid', '=', p.sid))`:
 * for the statements that run for each message. Others use `db.sql` directly.
 */
export function prepare<P, R>(build: (sql: Kysely<Schema>, parameters: P) => Compilable<R>): Prepared<P, R> {
  return new Prepared(build);
}

/** A database to query: Kysely for most things, prepared statements for the hot ones. */
export class Db {
  readonly sql: Kysely<Schema>;
  readonly #connection: Connection;

  constructor(connection: Connection, sql: Kysely<Schema>) {
    this.#connection = connection;
    this.sql = sql;
  }

  async all<P, R>(statement: Prepared<P, R>, parameters: P): Promise<R[]> {
    const ready = statement.for(this.sql);
    return (await this.#connection.query<R>(ready.sql, ready.fill(parameters))).rows;
  }

  async first<P, R>(statement: Prepared<P, R>, parameters: P): Promise<R | undefined> {
    const ready = statement.for(this.sql);
    return this.#connection.first<R>(ready.sql, ready.fill(parameters));
  }

  /** Runs a statement for its effect; answers how many rows it touched. */
  async run<P, R>(statement: Prepared<P, R>, parameters: P): Promise<number> {
    const ready = statement.for(this.sql);
    return (await this.#connection.query(ready.sql, ready.fill(parameters))).changes;
  }
}
