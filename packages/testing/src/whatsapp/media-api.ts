/** Files: uploads, and URLs that live for five minutes. Source: "Media" of the Cloud API. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from '../web-server.ts';
import type { WhatsAppFaultKind } from './faults.ts';
import { GraphError } from './graph-error.ts';
import { type StoredFile, uploadLifetime, type World } from './world.ts';

const urlLifetime = 5 * 60 * 1000;
const MB = 1024 * 1024;

const office = 'application/vnd.openxmlformats-officedocument';
const limits: readonly [types: readonly string[], most: number][] = [
  [['image/jpeg', 'image/png'], 5 * MB],
  [['image/webp'], 500 * 1024],
  [['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/opus'], 16 * MB],
  [['video/mp4', 'video/3gpp'], 16 * MB],
  [
    [
      'application/pdf',
      'text/plain',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      `${office}.wordprocessingml.document`,
      `${office}.spreadsheetml.sheet`,
      `${office}.presentationml.presentation`,
    ],
    100 * MB,
  ],
];

/** `POST /{phone-number-id}/media`. @throws GraphError */
export function upload(world: World, contentType: string, body: Buffer): { id: string } {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new GraphError(100, 'The body is not multipart/form-data.');
  const parts = partsOf(body, boundary);
  const fieldOf = (name: string) => parts.find((part) => part.name === name)?.bytes.toString();
  const file = parts.find((part) => part.name === 'file');
  if (fieldOf('messaging_product') !== 'whatsapp')
    throw new GraphError(100, 'The parameter messaging_product is required.');
  if (!file?.contentType || file.filename === null) throw new GraphError(100, 'The parameter file is required.');
  const { bytes, filename, contentType: type } = file;
  const limit = limits.find(([types]) => types.includes(type));
  if (!limit) throw new GraphError(131053, `Param file must be a file with one of the supported types, not ${type}.`);
  if (bytes.length > limit[1]) throw new GraphError(131053, `The file is larger than ${limit[1]} bytes.`);
  return { id: world.keepFile({ contentType: type, filename, bytes }, uploadLifetime).id };
}

interface FormPart {
  name: string;
  filename: string | null;
  contentType: string | null;
  bytes: Buffer;
}

function partsOf(body: Buffer, boundary: string): FormPart[] {
  const parts: FormPart[] = [];
  const line = Buffer.from(`\r\n--${boundary}`);
  // The first boundary has no line break before it.
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  let from = whole.indexOf(line);
  for (;;) {
    const to = from === -1 ? -1 : whole.indexOf(line, from + line.length);
    if (to === -1) return parts;
    const part = whole.subarray(from + line.length + 2, to);
    const end = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, end).toString();
    parts.push({
      name: /name="([^"]*)"/.exec(head)?.[1] ?? '',
      filename: /filename="([^"]*)"/.exec(head)?.[1] ?? null,
      contentType: /content-type: ([^\r\n]+)/i.exec(head)?.[1] ?? null,
      bytes: Buffer.from(part.subarray(end + 4)),
    });
    from = to;
  }
}

/** `GET /{media-id}`. */
export function describe(world: World, file: StoredFile, base: string): unknown {
  const until = world.clock.now() + urlLifetime;
  const query = new URLSearchParams({ mid: file.id, ext: String(until), hash: hashOf(world, file.id, String(until)) });
  return {
    messaging_product: 'whatsapp',
    url: `${base}/whatsapp_business/attachments/?${query}`,
    mime_type: file.contentType,
    sha256: createHash('sha256').update(file.bytes).digest('hex'),
    file_size: file.bytes.length,
    id: file.id,
  };
}

/** What such a URL answers. */
export function download(
  world: World,
  request: IncomingMessage,
  query: URLSearchParams,
  response: ServerResponse,
  fault: WhatsAppFaultKind | undefined,
): void {
  const [id = '', until = '', hash] = ['mid', 'ext', 'hash'].map((name) => query.get(name) ?? '');
  if (request.headers.authorization !== `Bearer ${world.token}`) {
    return answerJson(response, 401, new GraphError(190).body());
  }
  const file = world.fileOf(id);
  const isRight = hash === hashOf(world, id, until) && world.clock.now() < Number(until);
  if (!file || !isRight) return answerJson(response, 404, {});
  const bytes = fault === 'changed' ? Buffer.from(file.bytes).fill(0, 0, 1) : file.bytes;
  response.writeHead(200, { 'Content-Type': file.contentType, 'Content-Length': bytes.length }).end(bytes);
}

function hashOf({ appSecret }: World, id: string, until: string): string {
  return createHmac('sha256', appSecret).update(`${id} ${until}`).digest('base64url');
}
