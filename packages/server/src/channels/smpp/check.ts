import { Session, statuses, statusName, tags, tlvInteger } from '@colloquy/smpp';
import type { Check, SenderHost } from '../channel.ts';
import type { SmppConfig } from './config.ts';
import { dial, linkOptions } from './dial.ts';

/** Binds once, as the sender will, and says goodbye. */
export async function checkSmpp(config: SmppConfig, host: SenderHost, signal: AbortSignal): Promise<Check> {
  const { clock, responseTimeoutMs = 0, account } = linkOptions(config, host);
  let ended = '';
  const session = new Session(dial(config, host), {
    clock,
    responseTimeoutMs,
    onRequest: () => {},
    onClose: (reason) => {
      ended = reason;
    },
  });
  const giveUp = () => session.destroy('There was no answer in time.');
  signal.addEventListener('abort', giveUp);
  try {
    const type = config.mode === 'pair' ? 'bind_transmitter' : 'bind_transceiver';
    const answer = await session.request(type, { interfaceVersion: 0x34, ...account });
    if (answer.status !== statuses.ESME_ROK) {
      return { ok: false, reason: `The SMSC refuses the bind: ${statusName(answer.status)}.` };
    }
    const version = tlvInteger(answer.tlvs, tags.interfaceVersion);
    const name = 'systemId' in answer && answer.systemId !== '' ? [`The SMSC calls itself ${answer.systemId}.`] : [];
    const speaks = version === undefined ? [] : [`It speaks version 0x${version.toString(16)} of the protocol.`];
    return { ok: true, addresses: [], notes: [...name, ...speaks] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `The SMSC did not answer the bind: ${ended || reason}` };
  } finally {
    signal.removeEventListener('abort', giveUp);
    await session.unbind();
  }
}
