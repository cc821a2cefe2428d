/**
 * Distances between people and addresses. Instead of a map service, the stand-in uses the fixed coordinates of a few
 * addresses.
 */

import type { JsonObject } from '../../wire/json.ts';

type Place = readonly [latitude: number, longitude: number];

const ADDRESSES: Readonly<Record<string, Place>> = {
  '8 Mill Lane, Bristol': [51.4545, -2.5879],
  'McMurdo Station, Antarctica': [-77.8419, 166.6863],
};
const EARTH_KM = 6371;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Returns the distance between two places as the crow flies. */
function kilometresBetween([latitude, longitude]: Place, [otherLatitude, otherLongitude]: Place): number {
  const [north, east] = [radians(otherLatitude - latitude), radians(otherLongitude - longitude)];
  const share =
    Math.sin(north / 2) ** 2 + Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(share));
}

/** Returns true if a person lives within a radius of an address. Returns false for an unknown address. */
export function isNear({ latitude, longitude }: JsonObject, address: string, kilometres: number): boolean {
  const place = ADDRESSES[address];
  return place !== undefined && kilometresBetween(place, [Number(latitude), Number(longitude)]) <= kilometres;
}
