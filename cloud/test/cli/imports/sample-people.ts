const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** A resident number that checks, of a division that was never assigned: nobody has it. */
export function residentNumber(person: number): string {
  const day = String(1 + (Math.floor(person / 1000) % 28)).padStart(2, '0');
  const digits = `9900001970${'01'}${day}${String(person % 1000).padStart(3, '0')}`;
  const sum = [...digits].reduce(
    (total, digit, at) => total + Number(digit) * (WEIGHTS[at] ?? 0),
    0,
  );
  // GB 11643: the check makes the whole, with weight 1 for itself, leave 1 on division by 11.
  const check = (12 - (sum % 11)) % 11;
  return digits + (check === 10 ? 'X' : String(check));
}
