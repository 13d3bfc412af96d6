import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

export interface Multipart {
  contentType: string;
  /** Bytes. */
  length: number;
  body: Readable;
}

/** A form with fields and one file (RFC 7578), which is read while it is sent. */
export function multipart(
  fields: Readonly<Record<string, string>>,
  file: { field: string; filename: string; contentType: string; size: number; bytes: Readable },
): Multipart {
  const boundary = `form-${randomUUID()}`;
  const part = (disposition: string, rest: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${rest}`;
  const head = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, `\r\n${value}\r\n`));
  const described = part(
    `name="${file.field}"; filename="${quoted(file.filename)}"`,
    `Content-Type: ${file.contentType.replace(/[\r\n]/g, '')}\r\n\r\n`,
  );
  const before = Buffer.from(head.join('') + described);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* pieces() {
    yield before;
    yield* file.bytes;
    yield after;
  }
  const body = Readable.from(pieces(), { objectMode: false });
  body.once('close', () => file.bytes.destroy());
  const length = before.length + file.size + after.length;
  return { contentType: `multipart/form-data; boundary=${boundary}`, length, body };
}

/** As browsers write it. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, (sign) => encodeURIComponent(sign));
}
