import type {
  AnyStreamEvent,
  ConversationResource,
  EventType,
  MembershipResource,
  MessageResource,
  ParticipantResource,
  ReceiptResource,
  UserResource,
} from '@colloquy/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import type { Command } from './command.ts';
import { createConversation, deleteConversation, updateConversation } from './conversations/actions.ts';
import { conversationResource } from './conversations/resource.ts';
import { readEvents } from './log.ts';
import { removeMessage, sendMessage, updateMessage } from './messages/actions.ts';
import { messageResource } from './messages/resource.ts';
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from './participants/actions.ts';
import { membershipResource, participantResource } from './participants/resource.ts';
import { receiptResource } from './receipts/resource.ts';
import { recordStatus } from './receipts/statuses.ts';
import { Refusal } from './refusal.ts';
import { deleteUser, updateUser } from './users/actions.ts';
import { userResource } from './users/resource.ts';

/** What a client knows, made from a snapshot and the events after it. */
interface State {
  conversation: ConversationResource | null;
  participants: Map<string, ParticipantResource>;
  messages: Map<string, MessageResource>;
  receipts: Map<string, ReceiptResource>;
  user: UserResource | null;
  memberships: Map<string, MembershipResource>;
}

const identities = ['ann', 'ben', 'eve'];
const phone = { address: '+12025550123', proxyAddress: '+12025550100' };
const seen = new Set<EventType>();

let at: OpenCore;
let reports = 0;
beforeAll(async () => {
  at = await openCore();
});
afterAll(() => at.discard());

async function fresh(conversation: string, user: string): Promise<State> {
  const { sql } = at.core.db;
  const of = <T extends 'participants' | 'messages' | 'receipts'>(table: T) =>
    sql
      .selectFrom(table as 'participants')
      .selectAll()
      .where('conversation_sid', '=', conversation)
      .execute();
  const row = await sql.selectFrom('conversations').selectAll().where('sid', '=', conversation).executeTakeFirst();
  const userRow = await sql.selectFrom('users').selectAll().where('sid', '=', user).executeTakeFirst();
  const keyed = <R extends { sid: string }>(items: R[]) => new Map(items.map((item) => [item.sid, item]));
  const own = await sql.selectFrom('participants').selectAll().where('user_sid', '=', user).execute();
  return {
    conversation: row ? conversationResource(row) : null,
    participants: keyed((await of('participants')).map(participantResource)),
    messages: row ? keyed((await of('messages')).map((each) => messageResource(each as never))) : new Map(),
    receipts: row ? keyed((await of('receipts')).map((each) => receiptResource(each as never))) : new Map(),
    user: userRow ? userResource(userRow) : null,
    memberships: new Map(own.map((each) => [each.conversation_sid, membershipResource(each)])),
  };
}

/** What the page about the realtime protocol tells a client to do with each event. */
function apply(state: State, event: AnyStreamEvent): void {
  seen.add(event.type);
  switch (event.type) {
    case 'conversation.added':
    case 'conversation.updated':
      state.conversation = event.data;
      break;
    case 'conversation.removed':
      state.conversation = null;
      state.participants.clear();
      state.messages.clear();
      state.receipts.clear();
      break;
    case 'participant.added':
    case 'participant.updated':
      state.participants.set(event.data.sid, event.data);
      break;
    case 'participant.removed':
      state.participants.delete(event.data.sid);
      break;
    case 'message.added':
      state.messages.set(event.data.sid, event.data);
      if (state.conversation) {
        const { index, dateCreated } = event.data;
        state.conversation = { ...state.conversation, lastMessage: { index, dateCreated } };
      }
      break;
    case 'message.updated':
      state.messages.set(event.data.sid, event.data);
      break;
    case 'message.removed':
      state.messages.delete(event.data.sid);
      for (const [sid, receipt] of state.receipts) {
        if (receipt.messageSid === event.data.sid) state.receipts.delete(sid);
      }
      break;
    case 'receipt.added':
    case 'receipt.updated':
      state.receipts.set(event.data.sid, event.data);
      break;
    case 'user.added':
    case 'user.updated':
      state.user = event.data;
      break;
    case 'user.removed':
      state.user = null;
      break;
    case 'membership.added':
      state.memberships.set(event.data.conversation.sid, event.data.membership);
      break;
    case 'membership.updated':
      state.memberships.set(event.data.conversationSid, event.data);
      break;
    case 'membership.removed':
      state.memberships.delete(event.data.membership.conversationSid);
      break;
  }
}

const who = fc.constantFrom(...identities);
const index = fc.nat(4);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), author: fc.option(who) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsend' as const), index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('addPhone' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      status: fc.constantFrom('sent' as const, 'delivered' as const, 'failed' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), who, index: fc.option(index) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dress' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('rename' as const), state: fc.constantFrom('active', 'inactive') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renameUser' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteUser' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const everything: Step[] = [
  { do: 'rename', state: 'active' },
  { do: 'add', who: 'ann' },
  { do: 'addPhone' },
  { do: 'send', author: 'ann' },
  { do: 'deliver', status: 'sent' },
  { do: 'read', who: 'ann', index: 0 },
  { do: 'dress', who: 'ann' },
  { do: 'renameUser' },
  { do: 'edit', index: 0 },
  { do: 'unsend', index: 0 },
  { do: 'take', who: 'ann' },
  { do: 'add', who: 'ann' },
  { do: 'deleteUser' },
  { do: 'delete' },
];

/** A step that the conversation's state does not allow is refused and changes nothing, as it should be. */
async function take(conversation: string, user: string, each: Step): Promise<void> {
  const run = <I, O>(command: Command<I, O>, input: I) =>
    at.core.run(command, at.account, input).catch((error) => {
      if (!(error instanceof Refusal)) throw error;
    });
  const { service } = at;
  const target = { service, conversation };
  at.clock.advance(1000);
  switch (each.do) {
    case 'send':
      return void (await run(sendMessage, { ...target, body: 'x', author: each.author ?? undefined }));
    case 'edit':
      return void (await run(updateMessage, { ...target, message: each.index, body: 'y', attributes: '[1]' }));
    case 'unsend':
      return void (await run(removeMessage, { ...target, message: each.index }));
    case 'add':
      return void (await run(addParticipant, { ...target, identity: each.who }));
    case 'take':
      return void (await run(removeParticipant, { ...target, participant: each.who }));
    case 'addPhone':
      return void (await run(addParticipant, { ...target, ...phone }));
    case 'deliver': {
      const receipt = await at.core.db.sql
        .selectFrom('receipts')
        .selectAll()
        .where('conversation_sid', '=', conversation)
        .executeTakeFirst();
      if (!receipt) return;
      reports += 1;
      await run(recordStatus, {
        channel: 'test',
        eventId: `${reports}`,
        delivery: receipt.delivery_id,
        providerId: null,
        status: each.status,
        errorCode: 0,
        expected: conversation,
      });
      return;
    }
    case 'read':
      return void (await run(updateMembership, {
        ...target,
        user: each.who,
        read: { mode: 'set', index: each.index },
      }));
    case 'dress':
      return void (await run(updateParticipant, { ...target, participant: each.who, attributes: '{"hat":1}' }));
    case 'rename':
      return void (await run(updateConversation, { ...target, friendlyName: 'z', state: each.state }));
    case 'renameUser':
      return void (await run(updateUser, { service, user, friendlyName: 'Ann B.' }));
    case 'deleteUser':
      return void (await run(deleteUser, { service, user }));
    case 'delete':
      return void (await run(deleteConversation, target));
  }
}

test('A snapshot taken at any time, with the events after it, equals a fresh snapshot: for every type of event.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(25), async (steps, when) => {
      const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
      const { user } = await at.user('ann');
      const beginning: State = {
        conversation: null,
        participants: new Map(),
        messages: new Map(),
        receipts: new Map(),
        user: null,
        memberships: new Map(),
      };
      let snapshot = beginning;
      const positions = new Map([
        [sid as string, 0],
        [user as string, 0],
      ]);
      for (const [n, each] of steps.entries()) {
        if (n === when) {
          snapshot = await fresh(sid, user);
          for (const stream of positions.keys()) {
            positions.set(stream, (await readEvents(at.core.db, stream, 0, 10_000)).at(-1)?.position ?? 0);
          }
        }
        await take(sid, user, each);
      }
      for (const [stream, position] of positions) {
        for (const event of await readEvents(at.core.db, stream, position, 10_000)) {
          apply(snapshot, { ...event, data: JSON.parse(event.data) } as AnyStreamEvent);
        }
      }
      expect(snapshot).toEqual(await fresh(sid, user));
      await at.core.run(deleteConversation, at.account, { service: at.service, conversation: sid }).catch(() => {});
    }),
    // The example has every type of event in it; chance need not.
    { numRuns: 150, examples: [[everything, 0]] },
  );
  const everyType: Record<EventType, true> = {
    'conversation.added': true,
    'conversation.updated': true,
    'conversation.removed': true,
    'participant.added': true,
    'participant.updated': true,
    'participant.removed': true,
    'message.added': true,
    'message.updated': true,
    'message.removed': true,
    'receipt.added': true,
    'receipt.updated': true,
    'user.added': true,
    'user.updated': true,
    'user.removed': true,
    'membership.added': true,
    'membership.updated': true,
    'membership.removed': true,
  };
  expect([...seen].sort()).toEqual(Object.keys(everyType).sort());
}, 120_000);
