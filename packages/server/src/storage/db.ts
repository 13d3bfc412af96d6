import type { Compilable, CompiledQuery, Kysely, RawBuilder } from 'kysely';
import type { Connection, Parameter } from './connection.ts';
import type { Schema } from './schema.ts';

const longestEvened = 4096;

/**
 * A list for `in`, made as long as the next power of two by its last value. Statements are prepared by their text, which has
 * a place for each value: of lists of any length there would be as many statements as lengths.
 */
export function evened<T>(list: readonly T[]): readonly T[] {
  const last = list.at(-1);
  // Longer ones are rare, and there is an end to the places that a statement may have.
  if (last === undefined || list.length > longestEvened) return list;
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return [...list, ...Array.from({ length: length - list.length }, () => last)];
}

/** Stands in a prepared statement where a parameter will be. */
class Hole {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

// Every property is a hole of that name. The type says it is the value, since that is what Kysely has to believe.
const holes = new Proxy({}, { get: (_target, name) => new Hole(String(name)) });

/** What happens to rows that are read: others can read them only, or change them, but not their keys, and not remove them. */
type Locking = 'update' | 'key share';

type Build<P, R> = (sql: Kysely<Schema>, parameters: P) => Compilable<R>;

interface Ready<P> {
  sql: string;
  fill: (parameters: P) => Parameter[];
}

/** A statement that is built and compiled once. Building one with Kysely costs several times what SQLite needs to run it. */
export class Prepared<P, R> {
  readonly #build: Build<P, R>;
  readonly #locking: Locking | undefined;
  readonly #plain = new WeakMap<Kysely<Schema>, Ready<P>>();
  readonly #locked = new WeakMap<Kysely<Schema>, Ready<P>>();

  constructor(build: Build<P, R>, locking?: Locking) {
    this.#build = build;
    this.#locking = locking;
  }

  /** @param lock whether rows that are read can be locked here, and should be */
  for(sql: Kysely<Schema>, lock: boolean): Ready<P> {
    const locking = lock ? this.#locking : undefined;
    const cache = locking ? this.#locked : this.#plain;
    let ready = cache.get(sql);
    if (!ready) {
      ready = this.#compile(sql, locking);
      cache.set(sql, ready);
    }
    return ready;
  }

  #compile(sql: Kysely<Schema>, locking: Locking | undefined): Ready<P> {
    const built = this.#build(sql, holes as P) as Lockable<R>;
    const locked = locking === 'update' ? built.forUpdate() : locking === 'key share' ? built.forKeyShare() : built;
    const query: CompiledQuery = locked.compile();
    const slots = query.parameters;
    const fill = (parameters: P) =>
      slots.map((slot) => (slot instanceof Hole ? parameters[slot.name as keyof P] : slot) as Parameter);
    return { sql: query.sql, fill };
  }
}

interface Lockable<R> extends Compilable<R> {
  forUpdate(): Compilable<R>;
  forKeyShare(): Compilable<R>;
}

/**
 * `prepare((sql, p: { sid: string }) => sql.selectFrom('users').selectAll().where('sid', '=', p.sid))`:
 * for the statements that run for each message. Others use `db.sql` directly.
 */
export function prepare<P, R>(build: Build<P, R>): Prepared<P, R> {
  return new Prepared(build);
}

/**
 * A `prepare` for what is written as SQL with parameters in it. Of a statement for one database the parameters can be lists:
 * those calls that run several at once are of databases that take them.
 */
export function prepareText<P, R>(build: (parameters: P) => RawBuilder<R>): Prepared<P, R> {
  return new Prepared((sql, parameters) => ({ compile: () => build(parameters).compile(sql) }));
}

/**
 * A `prepare` for what a command decides by and then changes: within a transaction it locks the rows it reads, on
 * databases where somebody else could change them meanwhile.
 */
export function prepareLocking<P, R>(build: (sql: Kysely<Schema>, parameters: P) => Lockable<R>): Prepared<P, R> {
  return new Prepared(build, 'update');
}

/**
 * A `prepare` for what a command names in rows that it writes: within a transaction nobody removes the rows it reads. Any
 * number of transactions may hold them so at a time.
 */
export function prepareHolding<P, R>(build: (sql: Kysely<Schema>, parameters: P) => Lockable<R>): Prepared<P, R> {
  return new Prepared(build, 'key share');
}

/** A database to query: Kysely for most things, prepared statements for the hot ones. */
export class Db {
  readonly sql: Kysely<Schema>;
  readonly #connection: Connection;
  readonly #lock: boolean;

  /** @param lock whether statements of `prepareLocking` and `prepareHolding` lock */
  constructor(connection: Connection, sql: Kysely<Schema>, lock = false) {
    this.#connection = connection;
    this.sql = sql;
    this.#lock = lock;
  }

  async all<P, R>(statement: Prepared<P, R>, parameters: P): Promise<R[]> {
    const ready = statement.for(this.sql, this.#lock);
    return (await this.#connection.query<R>(ready.sql, ready.fill(parameters))).rows;
  }

  async first<P, R>(statement: Prepared<P, R>, parameters: P): Promise<R | undefined> {
    const ready = statement.for(this.sql, this.#lock);
    return this.#connection.first<R>(ready.sql, ready.fill(parameters));
  }

  /** Runs a statement for its effect; answers how many rows it touched. */
  async run<P, R>(statement: Prepared<P, R>, parameters: P): Promise<number> {
    const ready = statement.for(this.sql, this.#lock);
    return (await this.#connection.query(ready.sql, ready.fill(parameters))).changes;
  }
}
