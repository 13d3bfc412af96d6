/** The REST API, for what a back end does. */
export class Rest {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, { accountSid, authToken }: { accountSid: string; authToken: string }) {
    this.#url = url;
    this.#authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  }

  post(path: string, form: Record<string, string>): Promise<Record<string, unknown>> {
    return this.#ask('POST', path, new URLSearchParams(form));
  }

  get(path: string): Promise<Record<string, unknown>> {
    return this.#ask('GET', path);
  }

  async remove(path: string): Promise<void> {
    await this.#ask('DELETE', path);
  }

  /** @throws Error with the answer's `status` */
  async #ask(method: string, path: string, body?: URLSearchParams): Promise<Record<string, unknown>> {
    const headers = { authorization: this.#authorization };
    const answer = await fetch(`${this.#url}/v1${path}`, { method, headers, ...(body && { body }) });
    const text = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${text}`), { status: answer.status });
    return text === '' ? {} : JSON.parse(text);
  }
}
