/** What a channel outside chat says of a message beyond what all channels have. */
export class ChannelMetadata {
  /** The channel. */
  readonly type: string;
  readonly data: unknown;

  /** @internal */
  constructor(type: string, data: unknown) {
    this.type = type;
    this.data = data;
  }
}
