import { maxPieces, type SentAlphabet, smartlyEncoded, splitText, type TextOptions } from '@colloquy/smpp';
import { type Capabilities, type OutboundMessage, type Plan, textOf } from '../message.ts';
import { planFor } from '../plan.ts';
import type { SmppConfig } from './config.ts';

export const smppCapabilities: Capabilities = {
  text: { most: maxPieces, unit: 'segments' },
  media: null,
  receipts: ['sent', 'delivered', 'undelivered', 'failed'],
  rich: [],
  replies: false,
  reactions: 'none',
  window: null,
  groups: false,
  inbound: ['stream'],
};

/** Of each piece: the alphabet that all of them are in. */
export interface SmppData {
  alphabet: SentAlphabet;
}

/** A segment each. Files become links before that. */
export function planForSmpp(message: OutboundMessage, config: SmppConfig): Plan {
  const plan = planFor(smppCapabilities, message);
  if (!plan.ok) return plan;
  const text = plan.pieces.map(({ parts }) => textOf(parts)).join('\n');
  const { alphabet, pieces } = splitText(config.smartEncoding ? smartlyEncoded(text) : text, textOptions(config));
  if (pieces.length > maxPieces) {
    const error = `The text takes ${pieces.length} segments; there can be ${maxPieces}.`;
    return { ok: false, error: { kind: 'bad-content', code: 'too-long', message: error } };
  }
  const data: SmppData = { alphabet };
  return {
    ok: true,
    pieces: pieces.map((piece) => ({ parts: [{ kind: 'text', text: piece }], data })),
    changes: plan.changes,
  };
}

export function textOptions({ defaultAlphabet, latin1, concatenation }: SmppConfig): TextOptions {
  return { defaultAlphabet, latin1, concatenation };
}
