import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capabilities, OutboundMedia, OutboundMessage } from './message.ts';
import { planFor, splitText } from './plan.ts';

const capabilities: Capabilities = {
  text: { most: 100, unit: 'characters' },
  media: { types: ['image/*', 'application/pdf'], maxBytes: 1000, perPiece: 2, caption: 20 },
  receipts: [],
  rich: [],
  replies: false,
  reactions: 'none',
  window: null,
  groups: false,
  inbound: [],
};

const file = (filename: string, more: Partial<OutboundMedia> = {}): OutboundMedia => ({
  kind: 'media',
  sid: `ME${'0'.repeat(32)}`,
  contentType: 'image/png',
  filename,
  size: 10,
  url: `https://example.com/${filename}`,
  open: () => Promise.reject(new Error('not read')),
  ...more,
});

function message(text: string, ...files: OutboundMedia[]): OutboundMessage {
  return {
    conversation: 'CH',
    message: 'IM',
    sender: '+12025550100',
    recipient: '+12025550123',
    author: 'ann',
    subject: null,
    parts: [...(text === '' ? [] : [{ kind: 'text', text } as const]), ...files],
    rich: null,
    replyTo: null,
    reaction: null,
    lastReceived: null,
  };
}

function plan(...of: Parameters<typeof message>) {
  const made = planFor(capabilities, message(...of));
  if (!made.ok) throw new Error(made.error.message);
  return {
    changes: made.changes,
    pieces: made.pieces.map(({ parts }) => parts.map((part) => (part.kind === 'text' ? part.text : part.filename))),
  };
}

describe('a plan', () => {
  it('keeps a short text with the first files that go together', () => {
    expect(plan('look', file('a'), file('b'), file('c'))).toEqual({ changes: [], pieces: [['look', 'a', 'b'], ['c']] });
  });

  it('sends a text that is too long for a caption first, and by itself', () => {
    const text = 'x'.repeat(21);
    expect(plan(text, file('a')).pieces).toEqual([[text], ['a']]);
  });

  it('turns what the channel does not carry into links, and says so', () => {
    const { pieces, changes } = plan(
      'look',
      file('a.zip', { contentType: 'application/zip' }),
      file('big', { size: 1001 }),
    );
    expect(pieces).toEqual([['look\nhttps://example.com/a.zip\nhttps://example.com/big']]);
    expect(changes).toHaveLength(2);
  });

  it('fails where there is neither a way nor a link for a file', () => {
    const made = planFor(capabilities, message('look', file('a.zip', { contentType: 'application/zip', url: null })));
    expect(made).toMatchObject({ ok: false, error: { kind: 'bad-content', receiptCode: 12300 } });
  });

  it('says what a channel without answers, reactions and choices leaves out', () => {
    const rich = { template: 'HX', name: 'n', language: 'en', variables: {}, type: 'twilio/card', content: {} };
    const made = planFor(capabilities, { ...message('look'), rich, replyTo: 'x' });
    expect(made.ok && made.changes).toHaveLength(2);
    const reaction = planFor(capabilities, { ...message('👍'), reaction: { to: 'x', emoji: '👍' } });
    expect(reaction.ok && reaction.changes).toHaveLength(1);
  });
});

describe('splitting a text', () => {
  const units = fc.constantFrom<'characters' | 'bytes'>('characters', 'bytes');
  const texts = fc.string({ unit: 'grapheme', maxLength: 400 });

  it('loses nothing but blanks at the cuts, and never makes a piece that is too long', () => {
    fc.assert(
      fc.property(texts, units, fc.integer({ min: 40, max: 200 }), (text, unit, most) => {
        const pieces = splitText(text, { most, unit });
        const bare = (one: string) => one.replace(/\s/gu, '');
        expect(bare(pieces.join(''))).toBe(bare(text));
        for (const piece of pieces) {
          expect(unit === 'bytes' ? Buffer.byteLength(piece) : piece.length).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('cuts at a word where there is one near the end', () => {
    expect(splitText('one two three four', { most: 10, unit: 'characters' })).toEqual(['one two', 'three four']);
  });

  it('never cuts within a character that people see as one', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(splitText(family.repeat(3), { most: family.length + 1, unit: 'characters' })).toEqual([
      family,
      family,
      family,
    ]);
  });
});
