import { z } from 'zod';
import { grouped } from '../operate/progress.ts';

/** What a file of a backup holds, as it was when it was written. */
const fileNote = z.object({
  /** Below the backup's directory. */
  file: z.string().regex(/^(?!\/)(?!.*\.\.)[\w./-]+$/),
  /** Of the file as it is on disk, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const manifestSchema = z.object({
  /** Of what a backup looks like. */
  format: z.literal(1),
  /** ISO 8601. */
  date: z.string(),
  /** What it was made of: `sqlite` or `postgres`. It can be restored into either. */
  database: z.enum(['sqlite', 'postgres']),
  /** Number of the newest migration. */
  schema: z.int(),
  tables: z.array(fileNote.extend({ name: z.string(), rows: z.int() })).max(1000),
  /** The list of files that were sent; null when they were left out. */
  media: fileNote.extend({ files: z.int(), bytes: z.int() }).nullable(),
  secrets: z.array(fileNote).max(100),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type FileNote = z.infer<typeof fileNote>;

export const manifestFile = 'manifest.json';
export const mediaFolder = 'media';
export const secretsFolder = 'secrets';

/** How much of a database a backup has, for people. */
export function amountOf({ tables }: Manifest): string {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  return `${grouped(rows)} rows in ${tables.length} tables`;
}
