import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openSingle } from './cluster/installation.ts';

/** What can be set up, by the name that `--set` has for it. */
export const sets = { single: openSingle } as const;

export type SetName = keyof typeof sets;

/** `prlimit` sets a limit of a running process; Linux has it. */
export function canLimitFiles(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'prlimit')));
}
