import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeContent, parseContentType } from './content-type.ts';

const head = {
  png: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  jpeg: Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  mp3: Buffer.from('49443304000000000000fffb9064', 'hex'),
  mp4: Buffer.from('000000186674797069736f6d0000020069736f6d69736f32', 'hex'),
  pdf: Buffer.from('%PDF-1.7\n%\u00e2\u00e3', 'latin1'),
  zip: Buffer.concat([Buffer.from('504b0304140000000800', 'hex'), Buffer.alloc(40)]),
  exe: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(62)]),
  elf: Buffer.concat([Buffer.from('7f454c4602010100', 'hex'), Buffer.alloc(56)]),
  html: Buffer.from('\ufeff \n<!DOCTYPE html><script>alert(1)</script>'),
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  xml: Buffer.from('<?xml version="1.0"?><svg/>'),
  shell: Buffer.from('#!/bin/sh\necho hello\n'),
  text: Buffer.from('hello, <b>world</b>'),
  nothing: Buffer.alloc(0),
};

describe('What a file is taken for', () => {
  test.each<[string, string | null, keyof typeof head, string]>([
    ['a picture under its name', 'image/png', 'png', 'image/png'],
    ['a picture under an old name', 'image/jpg', 'jpeg', 'image/jpg'],
    ['a picture under another name', 'image/png', 'jpeg', 'image/jpeg'],
    ['a sound in a container of films', 'audio/mp4', 'mp4', 'audio/mp4'],
    ['a sound under a name of its own', 'audio/mp3', 'mp3', 'audio/mp3'],
    ['a film that calls itself a picture', 'image/png', 'mp4', 'video/mp4'],
    ['a picture that calls itself text', 'text/plain', 'png', 'image/png'],
    ['an archive that calls itself a picture', 'image/png', 'zip', 'application/zip'],
    [
      'an archive under the name of what is in it',
      'application/vnd.oasis.opendocument.text',
      'zip',
      'application/vnd.oasis.opendocument.text',
    ],
    ['a picture without a name', null, 'png', 'image/png'],
    ['a picture under a name that says nothing', 'application/octet-stream', 'png', 'image/png'],
    ['a file that a tool sends as a form', 'application/x-www-form-urlencoded', 'pdf', 'application/pdf'],
    ['what nobody recognises, under its name', 'image/x-own', 'text', 'image/x-own'],
    ['what nobody recognises, without a name', null, 'text', 'application/octet-stream'],
    ['an empty file', 'image/png', 'nothing', 'image/png'],
    ['a page under its name', 'text/html', 'html', 'text/html'],
    ['a drawing under its name', 'image/svg+xml', 'svg', 'image/svg+xml'],
    ['a page without a name', null, 'html', 'application/octet-stream'],
    ['a program under its name', 'application/x-msdownload', 'exe', 'application/x-msdownload'],
    ['a program under a name that says nothing', 'application/octet-stream', 'elf', 'application/x-elf'],
    ['a text with parameters', 'text/plain; charset=utf-8', 'text', 'text/plain; charset=utf-8'],
  ])('%s', async (_what, declared, content, contentType) => {
    expect(await judgeContent(declared, head[content])).toEqual({ contentType, deceptive: false });
  });

  test.each<[string, string, keyof typeof head]>([
    ['a page as a picture', 'image/png', 'html'],
    ['a drawing with scripts as a photo', 'image/jpeg', 'svg'],
    ['XML as a film', 'video/mp4', 'xml'],
    ['a page as a document', 'application/pdf', 'html'],
    ['a program for Windows as a picture', 'image/png', 'exe'],
    ['a program for Linux as a sound', 'audio/mpeg', 'elf'],
    ['a program as text', 'text/plain', 'exe'],
    ['a script as a picture', 'image/gif', 'shell'],
  ])('deceives: %s', async (_what, declared, content) => {
    const judgement = await judgeContent(declared, head[content]);
    expect(judgement.deceptive).toBe(true);
    expect(judgement.contentType).toMatch(/^application\//);
  });

  test('is told of any bytes.', async () => {
    const declared = fc.constantFrom(null, 'image/png', 'text/plain', 'application/zip');
    const start = fc.constantFrom(...Object.values(head));
    const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 500 })).map((pieces) => Buffer.concat(pieces));
    await fc.assert(
      fc.asyncProperty(declared, bytes, async (type, content) => {
        expect((await judgeContent(type, content)).contentType).toMatch(/^[\w.+-]+\/[\w.+-]+$/);
      }),
    );
  });
});

describe('A content type', () => {
  test.each([
    ['image/png', 'image/png'],
    ['Image/PNG', 'image/png'],
    [' text/plain ; charset="utf-8" ', 'text/plain ; charset="utf-8"'],
    ['application/vnd.api+json;a=b;c=d', 'application/vnd.api+json;a=b;c=d'],
    ['', null],
  ])('is read: %j', (text, expected) => {
    expect(parseContentType(text)).toBe(expected);
  });

  test.each([
    'image',
    'image/',
    '/png',
    'image/png/x',
    'image png',
    'image/png\r\nX: y',
    'image/ü',
    'a/b; c',
    `a/${'b'.repeat(260)}`,
  ])('is refused: %j', (text) => {
    expect(() => parseContentType(text)).toThrow(TypeError);
  });

  test('that is accepted fits into a header.', () => {
    const near = fc.stringMatching(/^[a-z]+\/[a-z]+(; ?[a-z]+="?[^"]*"?)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
        try {
          expect(parseContentType(text) ?? '').toMatch(/^[\x20-\x7e\t]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });
});
