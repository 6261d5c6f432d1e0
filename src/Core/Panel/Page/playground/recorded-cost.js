// The cost of a response as the gateway computed it: by date, size, tier and hour, and by every part of the usage.
import { send } from '../api.js';

/** A record is written once its request is over, which may be a moment after the response's last byte. Milliseconds. */
const LOOKS = [0, 150, 450, 1500];

/**
 * @param {string | null} requestId
 * @returns {Promise<{cost: number | null} | null>} USD, null if the price or the usage is not known; null when this
 *   instance has no such record: another one may have it
 */
export async function recordedCost(requestId) {
  if (!requestId) return null;
  try {
    for (const wait of LOOKS) {
      if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
      const { record } = await (await send(`api/activity?request_id=${encodeURIComponent(requestId)}`, {}, false)).json();
      if (record) return { cost: record.cost_usd };
    }
  } catch {
    // The response is complete: do not ask the user to sign in just for its cost.
  }
  return null;
}
