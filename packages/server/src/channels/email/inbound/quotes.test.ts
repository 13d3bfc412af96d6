import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutQuotes } from './quotes.ts';

const lines = (...all: string[]) => all.join('\n');

describe('Of an answer is shown what its writer wrote', () => {
  test.each([
    [
      'above a marked quotation',
      lines(
        'It works now.',
        '',
        'On Tue, 1 Jan 2030 at 10:00, Support <s@e.test> wrote:',
        '> Try again.',
        '>',
        '> Ben',
      ),
    ],
    [
      'with an announcement in two lines',
      lines(
        'It works now.',
        '',
        'On Tue, 1 Jan 2030 at 10:00, The Support Team of Example',
        '<support@example.test> wrote:',
        '',
        '> Try again.',
      ),
    ],
    ['in German', lines('It works now.', '', 'Am 01.01.30 um 10:00 schrieb Support:', '> Nochmals.')],
    [
      'in French',
      lines('It works now.', '', 'Le mar. 1 janv. 2030 à 10:00, Support <s@e.test> a écrit :', '> Encore.'),
    ],
    ['in Spanish', lines('It works now.', '', 'El mar, 1 ene 2030 a las 10:00, Support escribió:', '> Otra vez.')],
    ['in Chinese', lines('It works now.', '', '2030年1月1日 10:00，Support <s@e.test> 写道：', '> 再试一次')],
    ['without an announcement', lines('It works now.', '', '> Try again.')],
    [
      'above what Outlook puts there',
      lines(
        'It works now.',
        '',
        '________________________________',
        'From: Support <s@e.test>',
        'Sent: Tuesday, 1 January 2030 10:00',
        'To: Ann',
        'Subject: Lamp',
        '',
        'Try again.',
      ),
    ],
    [
      'above another header',
      lines(
        'It works now.',
        '',
        'Von: Support <s@e.test>',
        'Gesendet: Dienstag',
        'An: Ann',
        'Betreff: Lampe',
        '',
        'Nochmals.',
      ),
    ],
    ['above an old divider', lines('It works now.', '-----Original Message-----', 'From: Support', '', 'Try again.')],
    ['above a signature', lines('It works now.', '-- ', 'Ann Smith', 'Example Ltd')],
    ['above what a phone adds', lines('It works now.', '', 'Sent from my iPhone')],
    ['with both', lines('It works now.', '-- ', 'Ann', '', 'On Tue, Support wrote:', '> Try again.')],
    ['below a quotation', lines('On Tue, 1 Jan 2030, Support wrote:', '> Try again.', '', 'It works now.')],
  ])('%s.', (_where, text) => {
    const { shown, history } = cutQuotes(text);
    expect(shown).toBe('It works now.');
    expect(history).not.toBeNull();
  });

  test.each([
    ['nothing is quoted', lines('Hello,', '', 'I wrote: it works.', 'On the table:', 'Bye')],
    ['quotations are answered one by one', lines('> Does it work?', 'No.', '> And now?', 'Yes.')],
    ['there is only a quotation', lines('> Try again.')],
    ['there is only a signature', lines('-- ', 'Ann')],
    ['a line begins like a header', lines('From: the beginning it was broken.', 'I am sorry.')],
    ['it is empty', ''],
  ])('all of it where %s.', (_where, text) => {
    expect(cutQuotes(text)).toEqual({ shown: text.trim(), history: null });
  });

  test('and no line is lost, whatever the text.', () => {
    const line = fc.constantFrom(
      'a',
      '',
      '> b',
      '-- ',
      'On Tue, x wrote:',
      'From: x',
      'To: y',
      '_____',
      '>',
      'Sent from my x',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (all) => {
        const { shown, history } = cutQuotes(all.join('\n'));
        const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();
        expect(words(`${shown}\n${history ?? ''}`)).toEqual(words(all.join('\n')));
      }),
    );
  });

  test('in time, however long the text.', () => {
    const hostile = [
      'On '.repeat(300_000),
      'wrote: '.repeat(140_000),
      `${'>'.repeat(490_000)}\n`.repeat(2),
      'On x\n'.repeat(19_000),
      `${'\n'.repeat(19_000)}> x`,
    ];
    const begin = performance.now();
    for (const text of hostile) cutQuotes(text);
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});
