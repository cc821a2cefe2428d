/** The host names that platforms give to a service, read from the environment variables that the platforms set. */

/** Returns the origin that a platform gives to a service; undefined outside of the platform. */
type OriginOf = (environment: NodeJS.ProcessEnv) => string | undefined;

const PLATFORMS: readonly [platform: string, originOf: OriginOf][] = [
  ['Render', ({ RENDER_EXTERNAL_URL: url }) => url],
  ['Railway', ({ RAILWAY_PUBLIC_DOMAIN: host }) => (host ? `https://${host}` : undefined)],
  ['Fly.io', ({ FLY_APP_NAME: app }) => (app ? `https://${app}.fly.dev` : undefined)],
];

/** Returns the platform that runs the process, and the origin that the platform gives it; null without a platform. */
export function platformOriginIn(environment: NodeJS.ProcessEnv): { platform: string; origin: string } | null {
  for (const [platform, originOf] of PLATFORMS) {
    const url = originOf(environment);
    if (url && URL.canParse(url)) return { platform, origin: new URL(url).origin };
  }
  return null;
}
