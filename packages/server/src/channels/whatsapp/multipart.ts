import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { GraphBody } from './graph.ts';

/** A form with fields and one file (RFC 7578), which is read while it is sent. */
export function multipart(
  fields: Readonly<Record<string, string>>,
  file: { contentType: string; filename: string; size: number; bytes: Readable },
): GraphBody {
  const boundary = `form-${randomUUID()}`;
  const head = Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const before = Buffer.from(
    `${head}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(file.filename)}"\r\n` +
      `Content-Type: ${file.contentType}\r\n\r\n`,
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* body() {
    yield before;
    yield* file.bytes;
    yield after;
  }
  const bytes = Readable.from(body(), { objectMode: false });
  bytes.once('close', () => file.bytes.destroy());
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes,
    length: before.length + file.size + after.length,
  };
}

/** As browsers write it. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, (sign) => encodeURIComponent(sign));
}
