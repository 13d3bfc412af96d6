/**
 * What every channel has to show, whatever its network: run with a network that can be told what to do. Where a
 * channel reports by webhooks, its own tests say more.
 */
import type { DeliveryStatus } from '@colloquy/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shownAddress } from '../core/addresses.ts';
import { selectAttempts } from '../core/receipts/attempts.ts';
import type { Dispatcher } from '../delivery/outbox.ts';
import type { Channel, Host } from './channel.ts';
import { ingestFor } from './ingest.ts';
import { type MediaNetwork, testMediaOf } from './media/conformance.ts';
import type { Address, Idempotency, ProviderError, SendResult } from './message.ts';
import { logger, openRig, type Rig, startDeliveries } from './test-rig.ts';

/** What the network does with the next sends: refuse them with this kind of error, or take them and lose the answer. */
export type NetworkFault = ProviderError['kind'] | 'answer-lost';

/** What is known of a channel before it is made. */
export interface Traits {
  /** The channel's name. */
  name: string;
  idempotency: Idempotency['mode'];
  /** The faults that its network can be told to have. */
  faults: readonly NetworkFault[];
  /** Does it carry files? */
  media: boolean;
}

/** A channel, and the other end of its network. */
export interface NetworkUnderTest {
  channel: Channel;
  /** An own address, and one of a person; the conversation is between them. */
  sender: Address;
  recipient: Address;
  /** The next `count` sends meet the fault. Faults queue up. */
  breakNext(fault: NetworkFault, count: number): Promise<void>;
  /** No faults any more. */
  repair(): Promise<void>;
  /** The texts that reached the person, in order. */
  arrived(): Promise<string[]>;
  /** The person writes and the network reports it. The same id again: the same report again. */
  write(id: string, text: string): Promise<void>;
  /** Where the channel carries files. */
  media?: MediaNetwork;
  /** Resolves when the network has nothing to do until the clock moves. */
  idle(): Promise<void>;
  /** Ends what was opened for it, once the channel has stopped. */
  close?(): Promise<void>;
}

/** @param connect makes the channel, with nothing started */
export function testChannel(
  traits: Traits,
  connect: (rig: Rig, host: Host) => NetworkUnderTest | Promise<NetworkUnderTest>,
): void {
  const { name, faults } = traits;
  const faultsOf = (...kinds: NetworkFault[]) => kinds.filter((kind) => faults.includes(kind));

  describe(`the channel ${name}`, () => {
    let rig: Rig;
    let host: Host;
    let network: NetworkUnderTest;
    let dispatcher: Dispatcher;
    let conversation: string;

    beforeEach(async () => {
      rig = await openRig();
      host = { ingest: ingestFor(rig, name), clock: rig.clock, logger };
      network = await connect(rig, host);
      const { sender: proxyAddress, recipient: address } = network;
      conversation = await rig.converse({ address, proxyAddress });
      network.channel.start?.();
      run(network.channel);
    });

    afterEach(async () => {
      await dispatcher.stop();
      await network.channel.stop?.();
      await network.close?.();
      await rig.close();
    });

    function run(channel: Channel): void {
      dispatcher = startDeliveries(rig, channel, () => 0.5);
    }

    /** Puts something between the server and the channel. */
    async function runBehind(send: Channel['send']): Promise<void> {
      await dispatcher.stop();
      const { channel } = network;
      run({ ...behind(channel), send });
    }

    /** Moves the clock from one appointment to the next until it is so. */
    async function until(so: () => Promise<boolean>): Promise<void> {
      for (let step = 0; step < 5000; step += 1) {
        await dispatcher.idle();
        await network.idle();
        if (await so()) return;
        rig.clock.advanceToNext();
      }
      throw new Error('It did not come to that.');
    }
    const sent = () => until(async () => (await rig.outbox()).every((row) => row.state === 'dead'));

    const statuses = async (message: { sid: string }) =>
      (await rig.receipts(message)).map((receipt) => [receipt.status, receipt.error_code]);
    const delivery = async () => (await rig.messages(conversation)).map((one) => JSON.parse(one.delivery ?? 'null'));
    const report = (deliveryId: string, status: DeliveryStatus | null) =>
      status === null
        ? Promise.resolve()
        : host.ingest([{ type: 'status', eventId: `${deliveryId} ${status}`, deliveryId, status, at: 0 }]);

    it('brings a message to the person, once, and says that it was sent', async () => {
      const message = await rig.say(conversation, 'hello');
      await sent();
      expect(await network.arrived()).toEqual(['hello']);
      const [receipt] = await rig.receipts(message);
      expect(receipt?.status).toMatch(/^(sent|delivered|read)$/);
      expect(receipt?.channel_message_sid).toMatch(/^[A-Z]{2}[0-9a-f]{32}$/);
      expect(await delivery()).toEqual([expect.objectContaining({ total: 1, sent: 'all', failed: 'none' })]);
    });

    it('does not send a person what he wrote himself', async () => {
      await rig.say(conversation, 'mine', network.recipient);
      await sent();
      expect(await network.arrived()).toEqual([]);
    });

    it.each(faultsOf('permanent', 'window-closed', 'opted-out', 'bad-recipient', 'bad-content'))(
      'gives up at once when the answer is %s: a failed receipt with a code, and a dead letter',
      async (fault) => {
        await network.breakNext(fault, 1);
        const message = await rig.say(conversation, 'lost');
        // Somebody who wants no messages gets no other one either.
        const next = fault === 'opted-out' ? null : await rig.say(conversation, 'next');
        await sent();
        expect(await network.arrived()).toEqual(next ? ['next'] : []);
        expect(await statuses(message)).toEqual([['failed', expect.toSatisfy((code: number) => code > 20000)]]);
        if (next) expect((await statuses(next))[0]?.[0]).not.toBe('failed');
        expect(await rig.outbox()).toEqual([expect.objectContaining({ state: 'dead', attempt: 1 })]);
        expect((await delivery())[0]).toMatchObject({ failed: 'all', sent: 'none' });
      },
    );

    it.each(faultsOf('temporary', 'throttle', 'credentials', 'billing'))(
      'tries again when the answer is %s, and keeps the order',
      async (fault) => {
        await network.breakNext(fault, 2);
        await rig.say(conversation, 'one');
        await rig.say(conversation, 'two');
        await sent();
        expect(await network.arrived()).toEqual(['one', 'two']);
        expect(await rig.outbox()).toEqual([]);
      },
    );

    /** Where nobody can tell whether it arrived it may come twice, and then the record says so. */
    async function expectOnce(message: { sid: string }, text: string): Promise<void> {
      const times = (await network.arrived()).filter((one) => one === text).length;
      expect((await statuses(message))[0]?.[0]).toMatch(/^(sent|delivered|read)$/);
      if (traits.idempotency !== 'none' || times === 1) return expect(times).toBe(1);
      expect(times).toBe(2);
      const attempts = await selectAttempts(rig.core.db, message.sid, 100);
      expect(attempts.map(({ changes }) => changes).join()).toContain('may have come twice');
    }

    it.runIf(faults.includes('answer-lost'))(
      'sends once, or says it, though the answer to the send got lost',
      async () => {
        await network.breakNext('answer-lost', 1);
        const message = await rig.say(conversation, 'hello');
        await sent();
        await expectOnce(message, 'hello');
      },
    );

    it('sends once, or says it, though the channel did not answer in time, as if its process had died', async () => {
      const reached = Promise.withResolvers<void>();
      let sends = 0;
      await runBehind(async (request, signal) => {
        sends += 1;
        const first = sends === 1;
        const result = await network.channel.send(request, signal);
        if (!first) return result;
        reached.resolve();
        return new Promise<SendResult>(() => {});
      });
      const message = await rig.say(conversation, 'hello');
      await rig.say(conversation, 'next');
      await reached.promise;
      rig.clock.advance(30_000);
      await sent();
      expect((await network.arrived()).filter((text) => text === 'next')).toHaveLength(1);
      expect((await network.arrived()).at(-1)).toBe('next');
      await expectOnce(message, 'hello');
    });

    it.runIf(faults.includes('temporary'))('brings 100 messages in order though every fifth send fails', async () => {
      const texts = Array.from({ length: 100 }, (_, at) => `message ${at}`);
      let sends = 0;
      await runBehind(async (request, signal) => {
        sends += 1;
        if (sends % 5 === 0) await network.breakNext('temporary', 1);
        return network.channel.send(request, signal);
      });
      for (const text of texts) await rig.say(conversation, text);
      await sent();
      expect(await network.arrived()).toEqual(texts);
      expect(sends).toBeGreaterThan(120);
    });

    it('makes one message of an event that is reported 40 times at once', async () => {
      await Promise.all(Array.from({ length: 40 }, () => network.write('event', 'hello')));
      const messages = await rig.messages(conversation);
      expect(messages.map((message) => message.body)).toEqual(['hello']);
      expect(messages[0]?.author).toBe(shownAddress(network.recipient));
    });

    it('brings two messages of the same instant into the same conversation, both of them', async () => {
      await Promise.all([network.write('1', 'one'), network.write('2', 'two')]);
      const messages = await rig.messages(conversation);
      expect(messages.map((message) => message.body).sort()).toEqual(['one', 'two']);
      expect(messages.map((message) => message.idx)).toEqual([0, 1]);
    });

    it('ends at read in all 24 orders of queued, sent, delivered and read, and ignores a failure after that', async () => {
      for (const order of orders([null, 'sent', 'delivered', 'read'] as const)) {
        await dispatcher.stop();
        const message = await rig.say(conversation, String(order));
        const [receipt] = await rig.receipts(message);
        if (!receipt) throw new Error('There is no receipt.');
        for (const status of order) await report(receipt.delivery_id, status);
        await report(receipt.delivery_id, 'failed');
        expect(await statuses(message), String(order)).toEqual([['read', 0]]);
      }
    });

    it('applies a status that comes before the answer to the send', async () => {
      await runBehind(async (request, signal) => {
        const result = await network.channel.send(request, signal);
        if (result.outcome !== 'accepted') return result;
        const { providerId } = result;
        const [early] = await host.ingest([{ type: 'status', eventId: 'early', providerId, status: 'read', at: 0 }]);
        expect(early).toEqual({ type: 'status', outcome: 'unmatched' });
        return result;
      });
      const message = await rig.say(conversation, 'hello');
      await sent();
      expect(await statuses(message)).toEqual([['read', 0]]);
    });

    describe.runIf(traits.media)('with files', () => {
      testMediaOf(() => {
        const { media, recipient } = network;
        if (!media) throw new Error('The network under test has no files.');
        return { rig, conversation, recipient, network: media, sent };
      });
    });

    it.runIf(faults.includes('credentials'))(
      'rests the sender while its credentials are refused, loses nothing, and goes on after the repair',
      async () => {
        await rig.say(conversation, 'before');
        await sent();
        await network.breakNext('credentials', 1000);
        let sends = 0;
        await runBehind((request, signal) => {
          sends += 1;
          return network.channel.send(request, signal);
        });
        const messages = [];
        for (const text of ['one', 'two', 'three']) messages.push(await rig.say(conversation, text));
        const start = rig.clock.now();
        await until(async () => rig.clock.now() > start + 60 * 60 * 1000);
        // One try every five minutes, not one a message and not one a second.
        expect(sends).toBeLessThan(15);
        expect(await network.arrived()).toEqual(['before']);
        await network.repair();
        await sent();
        expect(await network.arrived()).toEqual(['before', 'one', 'two', 'three']);
        for (const message of messages) expect((await statuses(message))[0]?.[0]).not.toBe('failed');
      },
    );
  });
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

/** Everything of a channel but its `send`. */
function behind(channel: Channel): Omit<Channel, 'send'> {
  const { name, idempotency, capabilities } = channel;
  return {
    name,
    idempotency,
    capabilities,
    owns: (address) => channel.owns(address),
    ...(channel.plan && { plan: channel.plan.bind(channel) }),
    ...(channel.reconcile && { reconcile: channel.reconcile.bind(channel) }),
  };
}
