import type { S3Bucket } from '../media/s3/s3-client.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './start-error.ts';

/**
 * The bucket that media are kept in; undefined when they are kept on disk.
 *
 * @throws SettingsError when something of it is missing, or given without a bucket
 */
export function mediaBucketOf(settings: Settings): S3Bucket | undefined {
  const { s3Bucket: bucket, s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = settings;
  if (bucket === undefined) {
    const others = ['s3Endpoint', 's3Region', 's3Prefix', 's3PathStyle', 's3AccessKeyId', 's3SecretAccessKey'] as const;
    const alone = others.filter((key) => settings[key] !== undefined);
    if (alone.length > 0)
      throw new SettingsError([`${alone.join(', ')} given without s3Bucket, which names the bucket.`]);
    return undefined;
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new SettingsError(['s3Bucket needs s3AccessKeyId and s3SecretAccessKey.']);
  }
  const region = settings.s3Region ?? 'us-east-1';
  const pathStyle =
    settings.s3PathStyle === undefined ? settings.s3Endpoint !== undefined : settings.s3PathStyle === 'on';
  return {
    endpoint: settings.s3Endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    prefix: settings.s3Prefix ?? '',
    accessKeyId,
    secretAccessKey,
    pathStyle,
  };
}
