import { errors, type MediaCategory } from '@colloquy/protocol';
import type { FakeServer } from './fake-server.ts';

/** The media API of the fake server, in the place of `fetch`. A token is an identity. */
export function fakeFetch(server: FakeServer): typeof fetch {
  return async (address, init) => {
    const request = new Request(address as string, init);
    const { pathname, searchParams } = new URL(request.url);
    const identity = request.headers.get('X-Twilio-Token') ?? '';
    const { serviceSid } = server.user(identity).data;
    if (pathname !== `/v1/Services/${serviceSid}/Media`) throw new Error(`Nothing is at ${pathname}.`);
    const { byteLength: size } = await request.arrayBuffer();
    const { message, status, help } = errors[50512];
    if (size > 1_000_000) return Response.json({ code: 50512, message, status, detail: help }, { status });
    const media = server.upload(identity, {
      category: searchParams.get('Category') as MediaCategory,
      filename: searchParams.get('Filename'),
      contentType: request.headers.get('Content-Type') ?? 'application/octet-stream',
      size,
    });
    return Response.json(media, { status: 201 });
  };
}
