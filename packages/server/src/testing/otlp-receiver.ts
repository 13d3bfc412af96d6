import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code: number };
}

/** Takes traces as a collector does: OTLP over HTTP, in JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly paths: string[] = [];
  /** Of the last resource that sent some. */
  resource: Record<string, unknown> = {};
  status = 200;
  readonly #server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    this.headers.push(request.headers);
    this.paths.push(request.url ?? '');
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans) {
      this.resource = attributesOf(resource);
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
    response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
  });

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The names of a trace's spans as a tree, siblings in the order in which they began. */
  tree(traceId: string): object {
    const ofTrace = this.spans.filter((span) => span.traceId === traceId);
    const known = new Set(ofTrace.map(({ spanId }) => spanId));
    const begun = ({ startTimeUnixNano: a }: ReceivedSpan, { startTimeUnixNano: b }: ReceivedSpan) =>
      Number(BigInt(a) - BigInt(b));
    const below = (parent: string | undefined): object => {
      const children = ofTrace.filter(({ parentSpanId }) =>
        parent === undefined ? !known.has(parentSpanId ?? '') : parentSpanId === parent,
      );
      return Object.fromEntries(children.sort(begun).map(({ name, spanId }) => [name, below(spanId)]));
    };
    return below(undefined);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function attributesOf({ attributes }: Pick<ReceivedSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
