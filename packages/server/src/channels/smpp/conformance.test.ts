import { statuses } from '@colloquy/smpp';
import { turnsWhile } from '../../testing/turns.ts';
import { testChannel } from '../conformance.ts';
import { SmppChannel } from './channel.ts';
import { bound, configFor, openHost, own, person, startSmsc } from './smpp-rig.ts';

const refusals = {
  permanent: statuses.ESME_RINVMSGID,
  temporary: statuses.ESME_RSYSERR,
  throttle: statuses.ESME_RTHROTTLED,
  'bad-recipient': statuses.ESME_RINVDSTADR,
  'bad-content': statuses.ESME_RINVMSGLEN,
  credentials: statuses.ESME_RINVPASWD,
} as const;

testChannel(
  {
    name: 'smpp',
    idempotency: 'correlate',
    media: false,
    faults: [...(Object.keys(refusals) as (keyof typeof refusals)[]), 'answer-lost'],
  },
  async (rig, host) => {
    const smsc = await startSmsc(rig.clock);
    const senderHost = openHost(host);
    const channel = new SmppChannel(configFor(smsc), senderHost, 'smpp');
    channel.start();
    await bound(smsc);
    // A text has no id here: what is delivered again is so because the answer did not arrive.
    const written = new Map<string, Promise<unknown>>();
    return {
      // It has been started.
      channel: {
        ...{ name: channel.name, idempotency: channel.idempotency, capabilities: channel.capabilities },
        owns: (address) => channel.owns(address),
        plan: (message) => channel.plan(message),
        send: (request, signal) => channel.send(request, signal),
        stop: () => channel.stop(),
      },
      sender: own,
      recipient: person,
      breakNext: async (fault, count) => {
        const status = refusals[fault as keyof typeof refusals];
        smsc.faults.add({
          action: fault === 'answer-lost' ? { type: 'cut-after' } : { type: 'refuse', status },
          count,
        });
      },
      repair: async () => smsc.faults.clear(),
      arrived: async () => smsc.handsets.shown(person).map(({ text }) => text),
      write: async (id, text) => {
        const told = written.get(id) ?? smsc.write({ from: person, to: own, text });
        written.set(id, told);
        await told;
        await channel.idle();
      },
      idle: async () => {
        // A connection that is being made takes real time; the clock stands still for it.
        await turnsWhile(() => channel.health().reason === 'It is connecting.');
        await smsc.idle();
        await channel.idle();
      },
      close: async () => {
        await smsc.stop();
        await senderHost.close();
      },
    };
  },
);
