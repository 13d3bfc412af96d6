import type { Told } from '../record/entries.ts';

/** What the SDK has said of something that it did not carry out. */
export function outcomeOf(error: unknown): Pick<Told, 'outcome' | 'undecided' | 'why'> {
  const { code, status, message } = error as { code?: number; status?: number; message: string };
  const why = `${code ?? ''} ${status ?? ''} ${message}`;
  if (status === 504) return { outcome: 'unknown', undecided: true, why };
  // Without a status it was not the server that said so.
  return { outcome: status ? 'refused' : 'unknown', why };
}
