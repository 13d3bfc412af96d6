import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Operations, openOperations } from '../../api/rest/x/test-operations.ts';
import { sendersSetting } from '../../config/sender-settings.ts';
import { Vault } from '../../storage/vault.ts';
import { openRest } from '../../testing/open-rest.ts';
import { openTestCarrier, type TestCarrier } from '../../testing/test-carrier.ts';
import { account } from '../test-rig.ts';
import { keepFileSenders } from './from-file.ts';
import { SenderKeeper } from './keeper.ts';

let carrier: TestCarrier;
let at: Operations;

beforeEach(async () => {
  carrier = openTestCarrier();
  at = await openOperations('any', [carrier.module]);
});
afterEach(() => at.close());

const config = { region: 'eu', token: 'sesame-sesame' };
const support = { name: 'support', type: 'test', addresses: ['+1 202 555 0100'], config };

async function keep(...senders: object[]): Promise<void> {
  const { core, directory } = at.rig;
  const vault = new Vault(directory);
  const keeper = new SenderKeeper({ core, vault, channels: at.channels.senders, account });
  const actor = { kind: 'account', account } as const;
  const settings = sendersSetting.parse(JSON.stringify(senders)) ?? [];
  await keepFileSenders({ core, actor, vault, keeper, directory }, settings);
  await at.channels.senders.refresh();
}

async function shown(): Promise<Record<string, unknown>[]> {
  return ((await at.call('GET', '/senders')).body as { senders: Record<string, unknown>[] }).senders;
}

it('makes, changes and removes the senders of a configuration file, and touches those that have not changed not at all', async () => {
  await keep(support);
  const [first] = await shown();
  expect(first).toMatchObject({ source: 'support', addresses: ['+12025550100'], config: { region: 'eu' } });
  await keep(support);
  expect(await shown()).toEqual([first]);
  expect(carrier.log).toEqual([`start ${first?.['sid']}`]);
  await keep({ ...support, config: { ...config, region: 'us' } });
  expect(await shown()).toMatchObject([{ sid: first?.['sid'], config: { region: 'us' } }]);
  await keep();
  expect(await shown()).toEqual([]);
});

it('is the same whether one server starts with a file or several at once', async () => {
  const other = { ...support, name: 'sales', addresses: ['+1 202 555 0101'] };
  for (const file of [[support, other], [{ ...support, config: { ...config, region: 'us' } }, other], [other], []]) {
    await Promise.all([keep(...file), keep(...file), keep(...file)]);
    expect((await shown()).map(({ source }) => source)).toEqual(file.map(({ name }) => name));
  }
});

it('leaves them alone at the start of a server without the setting, and removes all of them with an empty list', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-senders-'));
  const smsc = { host: '127.0.0.1', port: 1, systemId: 'office', password: 'sesame' };
  const office = { name: 'office', type: 'smpp', addresses: ['+12025550142'], config: smsc };
  const left: string[][] = [];
  for (const senders of [[office], undefined, []]) {
    const rest = await openRest({ dataDir, senders });
    left.push((await rest.get('/v1/x/senders')).senders.map(({ source }: { source: string }) => source));
    await rest.discard();
  }
  expect(left).toEqual([['office'], ['office'], []]);
  rmSync(dataDir, { recursive: true });
});

it('reads a secret from a file', async () => {
  writeFileSync(join(at.rig.directory, 'token'), 'from-the-file\n');
  await keep({ ...support, config: { region: 'eu', tokenFile: 'token' } });
  const [{ sid } = {}] = await shown();
  const request = { method: 'POST', url: '', query: new URLSearchParams(), body: Buffer.from('[]') } as const;
  const channel = at.channels.senders.channelOf(String(sid));
  expect(await channel?.webhook?.({ ...request, headers: { 'x-token': 'from-the-file' } })).toMatchObject({
    status: 200,
  });
});

it('leaves those alone that were made over the API, and lets the API not change those of the file', async () => {
  const other = { type: 'test', addresses: ['+12025550199'], config };
  await at.call('POST', '/senders', other);
  await keep(support);
  await keep();
  expect(await shown()).toMatchObject([{ source: null }]);
  await keep(support);
  const sid = (await shown()).find(({ source }) => source !== null)?.['sid'];
  for (const [method, body] of [
    ['POST', {}],
    ['DELETE', undefined],
  ] as const) {
    expect(await at.call(method, `/senders/${sid}`, body)).toMatchObject({ status: 409, body: { code: 20409 } });
  }
});

it.each([
  ['a type that there is not', { ...support, type: 'pigeon' }, /sender support.*pigeon/],
  ['a field that does not fit', { ...support, config: { ...config, token: 'x' } }, /sender support.*config\.token/],
  ['a file that is not there', { ...support, config: { region: 'eu', tokenFile: 'none' } }, /tokenFile names .*ENOENT/],
])('says what is wrong with %s', async (_what, sender, words) => {
  await expect(keep(sender)).rejects.toThrow(words);
  await expect(keep(sender)).rejects.not.toThrow(config.token);
});

it.each([
  ['no list', '{}', 'the list: not a list.'],
  ['a field that is missing', [{ ...support, config: undefined }], '0.config: not an object.'],
  ['a name twice', [support, support], 'two senders have the name support.'],
])('refuses a section with %s', (_what, given, message) => {
  expect(sendersSetting.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
