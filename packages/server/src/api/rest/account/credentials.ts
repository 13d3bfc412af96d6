import { type PushType, pushTypes } from '@colloquy/protocol';
import {
  createCredential,
  findCredential,
  listCredentials,
  removeCredential,
  type ShownCredential,
  updateCredential,
} from '../../../core/push/credentials.ts';
import { type GivenSecret, mergeSecret, openSecret, sealSecret } from '../../../core/push/secrets.ts';
import type { PushCredentialsTable } from '../../../storage/schema/push.ts';
import { presentDate } from '../../http/dates.ts';
import { invalid, type Parameters } from '../../http/parameters.ts';
import type { Call } from '../call.ts';
import { creates, type Endpoint, reads, removes, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

/** Of push services. They belong to the account, so there is only the short path. */
export const credentialEndpoints: Endpoint<Call>[] = [
  { path: '/Credentials', operations: { GET: reads(list), POST: creates(create) } },
  {
    path: '/Credentials/:credential',
    operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) },
  },
];

async function create(call: Call) {
  const { form, vault, actor } = call;
  form.required('Type');
  const type = form.choice('Type', pushTypes) as PushType;
  const friendlyName = form.text('FriendlyName');
  const sandbox = form.boolean('Sandbox');
  const secret = sealSecret(vault, actor.account, mergeSecret(type, readSecret(form)));
  return presentCredential(await call.run(createCredential, { type, friendlyName, sandbox, secret }), call);
}

function readSecret(form: Parameters): GivenSecret {
  return {
    certificate: form.text('Certificate'),
    privateKey: form.text('PrivateKey'),
    apiKey: form.text('ApiKey'),
    secret: form.text('Secret'),
  };
}

function list(call: Call) {
  return presentList(call, call.query, {
    key: 'credentials',
    maxPageSize: 100,
    url: `${call.versionUrl}/Credentials`,
    fetch: (request) => listCredentials(call.core.db, call.actor.account, request),
    present: (row) => presentCredential(row, call),
  });
}

async function fetch(call: Call) {
  return presentCredential(await requireCredential(call), call);
}

async function requireCredential(call: Call): Promise<PushCredentialsTable> {
  const row = await findCredential(call.core.db, call.actor.account, call.segment('credential'));
  if (!row) throw call.notFound();
  return row;
}

async function update(call: Call) {
  const row = await requireCredential(call);
  const { form } = call;
  const type = form.choice('Type', pushTypes) ?? row.type;
  // The devices that were registered with it are of that type, too.
  if (type !== row.type) throw invalid('Type', 'the type of a credential does not change');
  const friendlyName = form.text('FriendlyName');
  const sandbox = form.boolean('Sandbox');
  const secret = renewedSecret(call, row, readSecret(form));
  const input = { credential: row.sid, friendlyName, sandbox, secret };
  return presentCredential(await call.run(updateCredential, input), call);
}

/** Undefined when nothing of it was given. */
function renewedSecret({ vault }: Call, row: PushCredentialsTable, given: GivenSecret) {
  if (Object.values(given).every((one) => one === undefined)) return undefined;
  const former = openSecret(vault, row.account_sid, row.secret);
  const renewed = mergeSecret(row.type as PushType, given, former);
  return { from: row.secret, to: sealSecret(vault, row.account_sid, renewed) };
}

function remove(call: Call) {
  return removeCredential(call.core, call.actor, call.segment('credential'));
}

/** What it holds is never shown. Contract: `sandbox` is text. */
function presentCredential(row: ShownCredential, { versionUrl }: Call) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    type: row.type,
    sandbox: row.sandbox === 1 ? 'True' : 'False',
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url: `${versionUrl}/Credentials/${row.sid}`,
  };
}
