import { isSid } from '@colloquy/protocol';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBounded } from '../../core/bounded-json.ts';
import { refuse } from '../../core/refusal.ts';
import { invalid } from '../http/parameters.ts';

const most = 100;

const set = z.object({
  command: z.literal('get'),
  list: z.array(z.object({ media_sid: z.string() })).max(most),
});

/**
 * The SIDs that a request for several media names: `{ "command": "get", "list": [ { "media_sid": "ME…" } ] }`, as the
 * official SDK sends it.
 *
 * @throws Refusal 20415, 20422
 */
export async function readSet(request: FastifyRequest): Promise<string[]> {
  if (!/^application\/json *(?:;|$)/i.test(request.headers['content-type'] ?? '')) throw refuse(20415);
  const parsed = set.safeParse(await readJson(request));
  if (!parsed.success)
    throw invalid('body', `not {"command":"get","list":[{"media_sid":"ME…"}]}, or more than ${most}`);
  return parsed.data.list.map((entry) => entry.media_sid);
}

async function readJson({ raw, server }: FastifyRequest): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of raw.iterator({ destroyOnReturn: false })) {
    length += (piece as Buffer).length;
    if (length > (server.initialConfig.bodyLimit ?? 0)) throw refuse(20413);
    pieces.push(piece as Buffer);
  }
  try {
    return parseBounded(Buffer.concat(pieces).toString());
  } catch {
    return undefined;
  }
}

/** The contract's form of an entry that was not found; it names the SID, which the official SDK shows. */
export function absent(sid: string) {
  return { code: 404, media_record: { sid: isSid(sid, 'ME') ? sid : null } };
}
