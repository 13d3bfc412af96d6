/** Where the push services are. */
export interface PushHosts {
  /** Origins: scheme, host and port. */
  fcm: string;
  apns: string;
  apnsSandbox: string;
  /** Where service accounts get access tokens. */
  fcmToken: string;
}

export const publicPushHosts: PushHosts = {
  fcm: 'https://fcm.googleapis.com',
  fcmToken: 'https://oauth2.googleapis.com/token',
  apns: 'https://api.push.apple.com',
  apnsSandbox: 'https://api.sandbox.push.apple.com',
};
