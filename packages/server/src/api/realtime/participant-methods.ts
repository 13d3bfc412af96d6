import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import { addressTypeOf } from '../../core/addresses.ts';
import { loadConversation } from '../../core/conversations/actions.ts';
import {
  addParticipant,
  findParticipant,
  listParticipants,
  removeParticipant,
  updateParticipant,
} from '../../core/participants/actions.ts';
import { participantResource, restParticipant } from '../../core/participants/resource.ts';
import { refuse } from '../../core/refusal.ts';
import type { ParticipantsTable } from '../../storage/schema.ts';
import { conversation, define, key, name, pageLimit, pageNext, text } from './define.ts';
import type { Method } from './method.ts';
import { presentPage, readCursor } from './present.ts';

function presentAdded(row: ParticipantsTable) {
  return { ...participantResource(row), rest: restParticipant(row) };
}

export const participantMethods = {
  'participants.list': define(
    'participants.list',
    z.object({ conversation, next: pageNext, limit: pageLimit }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const request = { limit: params.limit ?? limits.defaultPageSize, cursor: readCursor(params.next) };
      return presentPage(await listParticipants(core.db, row.sid, request), participantResource);
    },
  ),

  'participants.get': define(
    'participants.get',
    z.object({ conversation, participant: name }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const participant = await findParticipant(core.db, row.sid, params.participant);
      if (!participant) throw refuse(50432);
      return participantResource(participant);
    },
  ),

  // How long an identity may be is for the core to say: it has the contract's code for it.
  'participants.add': define(
    'participants.add',
    z.object({ conversation, key, identity: text, attributes: text.optional() }),
    async ({ core, actor, idempotency }, { conversation, identity, attributes }) => {
      const input = { service: actor.service, conversation, identity, attributes };
      return presentAdded(await core.run(addParticipant, actor, input, idempotency));
    },
  ),

  'participants.addNonChat': define(
    'participants.addNonChat',
    z.object({
      conversation,
      key,
      address: text,
      proxyAddress: text,
      attributes: text.optional(),
      name: text.optional(),
      level: z.enum(['to', 'cc']).optional(),
    }),
    async ({ core, actor, idempotency, ownsAddress }, { proxyAddress, key: _key, ...participant }) => {
      // Apps give an own address for everybody, as the contract's SDK wants it. What goes out by e-mail has the
      // conversation's.
      const isMail = addressTypeOf(participant.address) === 'email';
      if (!isMail && proxyAddress !== '' && !(await ownsAddress(proxyAddress))) throw refuse(50413);
      const own = isMail ? undefined : proxyAddress || undefined;
      const input = { service: actor.service, ...participant, proxyAddress: own };
      return presentAdded(await core.run(addParticipant, actor, input, idempotency));
    },
  ),

  'participants.update': define(
    'participants.update',
    z.object({ conversation, key, participant: name, attributes: text.optional() }),
    async ({ core, actor, idempotency }, { conversation, participant, attributes }) => {
      const input = { service: actor.service, conversation, participant, attributes };
      return participantResource(await core.run(updateParticipant, actor, input, idempotency));
    },
  ),

  'participants.remove': define(
    'participants.remove',
    z.object({ conversation, key, participant: name }),
    ({ core, actor, idempotency }, { conversation, participant }) =>
      core.run(removeParticipant, actor, { service: actor.service, conversation, participant }, idempotency),
  ),
} satisfies Partial<Record<string, Method>>;
