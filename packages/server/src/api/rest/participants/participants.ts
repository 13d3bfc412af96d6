import {
  addParticipant,
  findParticipant,
  listParticipants,
  removeParticipant,
  updateParticipant,
} from '../../../core/participants/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ParticipantsTable } from '../../../storage/schema.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { requireConversation } from '../conversations/conversations.ts';
import { creates, type Endpoint, reads, removes, tellsWebhooks, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { presentParticipant } from './participant-presenter.ts';

export const participantEndpoints: Endpoint<ServiceCall>[] = [
  {
    path: '/Conversations/:conversation/Participants',
    operations: { GET: reads(list), POST: tellsWebhooks(creates(create)) },
  },
  {
    path: '/Conversations/:conversation/Participants/:participant',
    operations: { GET: reads(fetch), POST: tellsWebhooks(updates(update)), DELETE: tellsWebhooks(removes(remove)) },
  },
];

async function create(call: ServiceCall) {
  const { sid: conversation } = await requireConversation(call);
  const { form } = call;
  const input = {
    service: call.scope.service,
    conversation,
    identity: form.text('Identity'),
    address: form.text('MessagingBinding.Address'),
    proxyAddress: form.text('MessagingBinding.ProxyAddress'),
    projectedAddress: form.text('MessagingBinding.ProjectedAddress'),
    level: form.text('MessagingBinding.Level')?.toLowerCase(),
    name: form.text('MessagingBinding.Name'),
    groupTexting: call.groupTexting,
    ...readCommon(form),
  };
  await requireOwnAddresses(call, input);
  return presentParticipant(await call.run(addParticipant, input), call.scope);
}

function readCommon(form: Parameters) {
  return {
    attributes: form.text('Attributes'),
    role: form.sid('RoleSid', 'RL'),
    dateCreated: form.date('DateCreated', 50308),
    dateUpdated: form.date('DateUpdated', 50309),
  };
}

/** As above: with an address beside it, it is refused for that; where there is no group texting, for that. */
async function requireOwnedProjection(
  call: ServiceCall,
  input: { address?: string | undefined; projectedAddress: string | null | undefined },
): Promise<void> {
  const { address, projectedAddress } = input;
  if (!projectedAddress || address !== undefined || !call.groupTexting) return;
  if (!(await call.ownsAddress(projectedAddress))) throw refuse(50439);
}

/** Of a new participant. Two addresses and an identity are refused for what they are, whoever owns them. */
export async function requireOwnAddresses(
  call: ServiceCall,
  input: {
    identity?: string | undefined;
    address?: string | undefined;
    proxyAddress?: string | undefined;
    projectedAddress?: string | undefined;
  },
): Promise<void> {
  await requireOwnedProjection(call, { address: input.address, projectedAddress: input.projectedAddress });
  if (input.identity === undefined) await requireOwned(call, input.proxyAddress);
}

async function requireOwned(call: ServiceCall, proxyAddress: string | null | undefined): Promise<void> {
  // E-mail has none to own, and is refused for having one.
  const mail = proxyAddress?.includes('@');
  if (proxyAddress && !mail && !(await call.ownsAddress(proxyAddress))) throw refuse(50413);
}

async function list(call: ServiceCall) {
  const { sid } = await requireConversation(call);
  return presentList(call, call.query, {
    key: 'participants',
    maxPageSize: 100,
    url: `${call.scope.url}/Conversations/${sid}/Participants`,
    fetch: (request) => listParticipants(call.core.db, sid, request),
    present: (row) => presentParticipant(row, call.scope),
  });
}

/** The participant that the path names by SID or identity, of the conversation that it names. */
async function requireParticipant(call: ServiceCall): Promise<ParticipantsTable> {
  const { sid } = await requireConversation(call);
  const row = await findParticipant(call.core.db, sid, call.segment('participant'));
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: ServiceCall) {
  return presentParticipant(await requireParticipant(call), call.scope);
}

async function update(call: ServiceCall) {
  const row = await requireParticipant(call);
  const { form } = call;
  const input = {
    service: call.scope.service,
    conversation: row.conversation_sid,
    participant: row.sid,
    identity: form.text('Identity'),
    proxyAddress: removable(form, 'MessagingBinding.ProxyAddress'),
    projectedAddress: removable(form, 'MessagingBinding.ProjectedAddress'),
    groupTexting: call.groupTexting,
    lastReadMessageIndex: readHorizon(form),
    lastReadTimestamp: readTimestamp(form),
    ...readCommon(form),
  };
  await requireOwned(call, input.proxyAddress);
  await requireOwnedProjection(call, input);
  return presentParticipant(await call.run(updateParticipant, input), call.scope);
}

/** Contract: the text `null` takes it away. */
function removable(form: Parameters, name: string): string | null | undefined {
  const text = form.text(name);
  return text === 'null' ? null : text;
}

/** Contract: an empty value, or null, clears the read horizon. */
export function readHorizon(form: Parameters): number | null | undefined {
  const text = form.text('LastReadMessageIndex');
  if (text === undefined) return undefined;
  if (text === '' || text === 'null') return null;
  const index = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  if (index === undefined || !Number.isSafeInteger(index)) throw refuse(50421);
  return index;
}

/** The official library sends a null as an empty value: no time of its own then, as if it had been left out. */
export function readTimestamp(form: Parameters): number | undefined {
  const text = form.text('LastReadTimestamp');
  return text === '' || text === 'null' ? undefined : form.date('LastReadTimestamp', 50405);
}

async function remove(call: ServiceCall) {
  const row = await requireParticipant(call);
  const input = { service: call.scope.service, conversation: row.conversation_sid, participant: row.sid };
  await call.run(removeParticipant, input);
}
