import type { DialectWords } from '../migrations/migration.ts';

export const sqliteWords: DialectWords = {
  serial: 'INTEGER PRIMARY KEY',
  adapt: (statement) => statement,
};
