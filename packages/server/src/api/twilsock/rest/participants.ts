import { z } from 'zod';
import { parseAddress } from '../../../core/addresses.ts';
import { addParticipant, removeParticipant, updateParticipant } from '../../../core/participants/actions.ts';
import { restParticipant } from '../../../core/participants/resource.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ParticipantsTable } from '../../../storage/schema.ts';
import { answer, done, type Handle, nameIn, readBody } from '../call.ts';
import { links } from './links.ts';

const addition = z.object({
  identity: z.string().nullish(),
  attributes: z.string().nullish(),
  messaging_binding: z
    .object({
      address: z.string(),
      proxy_address: z.string().nullish(),
      name: z.string().nullish(),
      level: z.enum(['to', 'cc']).nullish(),
    })
    .nullish(),
});

/** `POST {participants}`: somebody by identity, the user himself among them, or by addresses. */
export const addToConversation: Handle = async (call) => {
  const { core, actor, idempotency, ownsAddress } = call;
  const { identity, attributes, messaging_binding: binding } = readBody(call, addition);
  const address = binding && parseAddress(binding.address);
  // The client wants an own address to be given for everybody. What goes out by e-mail has the conversation's.
  const isMail = address?.ok && address.type === 'email';
  const proxyAddress = isMail ? undefined : binding?.proxy_address || undefined;
  if (proxyAddress !== undefined && !(await ownsAddress(proxyAddress))) throw refuse(50413);
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    attributes: attributes ?? undefined,
    ...(binding
      ? { address: binding.address, proxyAddress, name: binding.name ?? undefined, level: binding.level ?? undefined }
      : { identity: identity ?? undefined }),
  };
  return answer(present(await core.run(addParticipant, actor, input, idempotency)), 201);
};

const change = z.object({ attributes: z.string().optional() });

/** `POST {participants}/{SID}`. */
export const changeParticipant: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { attributes } = readBody(call, change);
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    participant: nameIn(call, 'participant'),
    attributes,
  };
  return answer(present(await core.run(updateParticipant, actor, input, idempotency)));
};

/** `DELETE {participants}/{SID or identity}`: takes somebody out, or leaves. */
export const takeOut: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    participant: nameIn(call, 'participant'),
  };
  await core.run(removeParticipant, actor, input, idempotency);
  return done;
};

function present(row: ParticipantsTable) {
  return {
    account_sid: row.account_sid,
    ...restParticipant(row),
    url: `${links.participants(row.conversation_sid)}/${row.sid}`,
    links: { conversation: links.conversation(row.conversation_sid) },
  };
}
