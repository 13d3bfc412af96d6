import { z } from 'zod';
import type { ParticipantShapeInput } from '../participants/shape.ts';
import { refuse } from '../refusal.ts';
import { isStorable } from '../storable.ts';

/** A participant who is to be added with others at once. */
export interface ListedParticipant extends ParticipantShapeInput {
  attributes?: string | undefined;
  role?: string | undefined;
}

const text = z
  .string({ error: 'not text' })
  .refine(isStorable, 'not UTF-8 without U+0000')
  .nullish()
  .transform((value) => value ?? undefined);

const listed = z.object(
  {
    identity: text,
    messaging_binding: z
      .object(
        { address: text, proxy_address: text, projected_address: text, level: text, name: text },
        { error: 'not an object' },
      )
      .nullish(),
    attributes: text,
    role_sid: text,
  },
  { error: 'not a JSON object' },
);

/**
 * Reads one value of the parameter: a JSON object with the names of the Participant resource, of which others mean
 * nothing. Contract: "Conversation with Participants Resource".
 *
 * @throws Refusal 20422
 */
export function parseListed(json: string): ListedParticipant {
  const parsed = listed.safeParse(parseJson(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
    throw invalid(`${where}${issue?.message ?? 'not a JSON object'}`);
  }
  const { identity, messaging_binding: binding, attributes, role_sid: role } = parsed.data;
  return {
    identity,
    address: binding?.address,
    proxyAddress: binding?.proxy_address,
    projectedAddress: binding?.projected_address,
    level: binding?.level?.toLowerCase(),
    name: binding?.name,
    attributes,
    role,
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalid('not JSON');
  }
}

function invalid(reason: string) {
  return refuse(20422, { parameter: 'Participant', reason });
}
