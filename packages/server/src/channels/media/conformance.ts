/** What a channel that carries files has to show besides `channels/conformance.ts`, which runs this. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { shownAddress } from '../../core/addresses.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { mediaOf } from '../../core/messages/media.ts';
import type { Address } from '../message.ts';
import type { Rig } from '../test-rig.ts';

export interface NetworkFile {
  contentType: string;
  filename: string | null;
  bytes: Uint8Array;
}

/** The other end of a network, as far as files go. */
export interface MediaNetwork {
  /** The files that reached the person, in order. */
  arrived(): Promise<NetworkFile[]>;
  /** False where a person sends each file as a message of its own; then `write` gets one. */
  together?: boolean;
  /** False where what people send has no names. */
  named?: boolean;
  /** In bytes: more than it brings, where that is less than the server keeps; null where nobody can send so much. */
  tooLarge?: number | null;
  /** The person sends files, with or without a text. The same id again: the same report again. */
  write(id: string, files: readonly NetworkFile[], text?: string): Promise<void>;
}

export interface MediaUnderTest {
  rig: Rig;
  conversation: string;
  /** The person. */
  recipient: Address;
  network: MediaNetwork;
  /** Resolves when everything was sent, for good or not. */
  sent(): Promise<void>;
}

const png = (size: number): NetworkFile => ({
  contentType: 'image/png',
  filename: 'picture.png',
  bytes: Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), randomBytes(size)]),
});
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function testMediaOf(at: () => MediaUnderTest): void {
  async function send(files: readonly NetworkFile[], body?: string) {
    const { rig, conversation } = at();
    const actor = { kind: 'account', account: rig.account } as const;
    const never = new AbortController().signal;
    const media: string[] = [];
    for (const { contentType, filename, bytes } of files) {
      const upload = { service: rig.service, category: 'media', deceptive: 'refuse', contentType, filename } as const;
      const row = await rig.library.add(actor, { ...upload, bytes: Readable.from([bytes]) }, never);
      media.push(row.sid);
    }
    return rig.core.run(sendMessage, actor, { service: rig.service, conversation, body, media });
  }
  const statusOf = async (message: { sid: string }) => (await at().rig.receipts(message))[0]?.status;

  it('brings files to the person, in their order, byte by byte', async () => {
    const files = [png(100_000), png(10)];
    const message = await send(files, 'look');
    await at().sent();
    const arrived = await at().network.arrived();
    expect(arrived.map(({ contentType }) => contentType)).toEqual(['image/png', 'image/png']);
    expect(arrived.map(({ bytes }) => digest(bytes))).toEqual(files.map(({ bytes }) => digest(bytes)));
    expect(await statusOf(message)).toMatch(/^(sent|delivered|read)$/);
  });

  it('brings a file without a text', async () => {
    const message = await send([png(10)]);
    await at().sent();
    expect(await at().network.arrived()).toHaveLength(1);
    expect(await statusOf(message)).toMatch(/^(sent|delivered|read)$/);
  });

  it('keeps the files that the person sends, as part of the message', async () => {
    const { rig, network, conversation, recipient } = at();
    const { together = true, named = true } = network;
    const files = together ? [png(100_000), png(10)] : [png(100_000)];
    await network.write('event', files, 'from me');
    const [message, ...others] = await rig.messages(conversation);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ body: 'from me', author: shownAddress(recipient) });
    const media = message ? mediaOf(message) : [];
    const described = files.map(({ bytes, contentType, filename }) => {
      const size = bytes.length;
      return { contentType, filename: named ? filename : null, size, category: 'media' };
    });
    expect(media).toMatchObject(described);
    const kept = await Promise.all(media.map(async ({ sid }) => digest(await buffer(await rig.library.open(sid)))));
    expect(kept).toEqual(files.map(({ bytes }) => digest(bytes)));
    const { sql } = rig.core.db;
    const rows = await sql
      .selectFrom('media')
      .selectAll()
      .where('message_sid', '=', message?.sid ?? '')
      .execute();
    expect(rows).toHaveLength(files.length);
    for (const row of rows) {
      expect(row).toMatchObject({ service_sid: rig.service, conversation_sid: conversation, date_expires: null });
    }
  });

  it('makes a message of a file without a text', async () => {
    const { rig, network, conversation } = at();
    await network.write('event', [png(10)]);
    const [message] = await rig.messages(conversation);
    expect(message).toMatchObject({ body: null, media: expect.stringContaining('image/png') });
  });

  it('makes one message of files that are reported ten times at once', async () => {
    const { rig, network, conversation } = at();
    const file = png(1000);
    await Promise.all(Array.from({ length: 10 }, () => network.write('event', [file])));
    expect(await rig.messages(conversation)).toHaveLength(1);
  });

  it('leaves out a file that is too large, and keeps the rest', async ({ skip }) => {
    const { rig, network, conversation } = at();
    const { tooLarge = rig.core.limits.whatsappMediaBytes } = network;
    if (tooLarge === null) return skip();
    const rest = network.together === false ? [] : [png(10)];
    await network.write('event', [png(tooLarge), ...rest], 'look');
    const [message] = await rig.messages(conversation);
    expect(message?.body).toBe('look');
    expect(message && mediaOf(message)).toHaveLength(rest.length);
  });
}
