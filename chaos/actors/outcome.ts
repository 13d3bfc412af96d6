import type { Told } from '../record/entries.ts';
import type { Reply } from './door.ts';

type Said = Pick<Told, 'outcome' | 'status' | 'undecided' | 'why'>;

/** What the SDK has said of something that it did not carry out. */
export function outcomeOf(error: unknown): Said {
  const { code, status, message } = error as { code?: number; status?: number; message: string };
  const why = `${code ?? ''} ${status ?? ''} ${message}`;
  // Without a status it was not the server that said so.
  if (!status) return { outcome: 'unknown', why };
  if (status === 504) return { outcome: 'unknown', status, undecided: true, why };
  return { outcome: 'refused', status, why };
}

/** Did it say what became of the request? */
export function isAnswer(reply: Reply): reply is Extract<Reply, { status: number }> {
  return 'status' in reply && reply.status < 500;
}

/** What is known where there is no such answer: 503 says that nothing was done. */
export function noAnswer(reply: Reply): Said {
  if ('lost' in reply) return { outcome: 'unknown', why: reply.lost };
  const { status } = reply;
  const why = String(status);
  if (status === 503) return { outcome: 'refused', status, why };
  return { outcome: 'unknown', status, ...(status === 504 && { undecided: true }), why };
}
