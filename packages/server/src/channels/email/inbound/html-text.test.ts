import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOfHtml } from './html-text.ts';

test.each([
  ['<p>Hello <b>Ann</b>,</p><p>it&nbsp;works &amp; shines&#33; &#x1F600;</p>', 'Hello Ann,\nit works & shines! 😀'],
  ['one<br>two<br/><br>four', 'one\ntwo\n\nfour'],
  [
    '<div>new</div><blockquote type="cite"><div>old</div><blockquote>older</blockquote></blockquote>',
    'new\n> old\n> > older',
  ],
  ['<style>p { color: red }</style><script>alert("<p>")</script><p>seen</p>', 'seen'],
  ['<a title="1 > 0" href=\'x\'>link</a> &unknown; 1 < 2', 'link &unknown; 1 < 2'],
  ['<!-- <p>hidden</p> --><!doctype html><ul><li>a</li><li>b</li></ul>', 'a\nb'],
  ['&#0;&#xD800;&#99999999;', '\u{fffd}\u{fffd}&#99999999;'],
  ['<p>not closed <b', 'not closed'],
  ['', ''],
])('%j reads %j.', (html, text) => expect(textOfHtml(html)).toBe(text));

test('Nothing makes it throw, or take long.', () => {
  fc.assert(fc.property(fc.string(), (html) => void textOfHtml(html)));
  const begin = performance.now();
  for (const piece of ['<', '<!--', '<a "', '<blockquote>', '&amp', '<p>', ' ']) textOfHtml(piece.repeat(200_000));
  expect(performance.now() - begin).toBeLessThan(5000);
});
