/** The few words in which the databases' schema languages differ. */
export interface DialectWords {
  /** Type of a column that numbers its rows itself, growing, as the primary key. */
  serial: string;
  /** Puts a statement, which is written for SQLite, into the database's own words. */
  adapt(statement: string): string;
}

export interface Migration {
  /** From 1, without gaps. A migration that has landed is never changed again. */
  number: number;
  name: string;
  statements(words: DialectWords): string[];
}
