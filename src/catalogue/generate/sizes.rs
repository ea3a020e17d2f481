//! How many codes each municipality has: log-normal by region and municipality, scaled so that the sum is what was asked.

use std::collections::BTreeMap;

use super::random::{Random, times};
use super::{CODES_MAX, CODES_MIN, Plan, PlanError, list};
use crate::finding::Class;
use crate::law::Municipality;
use crate::load::Catalogue;

/// The middle of what regions have for youth, and municipalities for support, before scaling; and how far they lie apart (sigma in thousandths).
const JW: u64 = 170;
const WMO: u64 = 150;
const SIGMA: u32 = 500;
/// How many codes a list of aids adds, and of a thousand municipalities how many have one.
const AIDS: u64 = 129;
const HAVE_AIDS: u32 = 300;
/// The first code of invented municipalities; no municipality has one so high.
const INVENTED: u16 = 9001;
const INVENTED_MAX: u16 = 900;

/// One municipality has each of these, where there are twice as many municipalities.
const FILE_FAULTS: [Class; 10] = [
    Class::F01,
    Class::F02,
    Class::F03,
    Class::F04,
    Class::F05,
    Class::F06,
    Class::F07,
    Class::F08,
    Class::F09,
    Class::F10,
];

/// A municipality and its size.
#[derive(Debug)]
pub(super) struct Size {
    pub(super) municipality: Municipality,
    pub(super) name: String,
    /// Its youth region, as its file is named; that of itself alone where none is named.
    pub(super) region: String,
    /// Codes it has for youth, all of its region's list.
    pub(super) jw: u32,
    /// Codes it has for support.
    pub(super) wmo: u32,
    /// How many of those are aids.
    pub(super) aids: u32,
    /// Its place in a random order of all, from 0: which faults it gets.
    pub(super) rank: usize,
    /// What is wrong with its files, where faults are planted.
    pub(super) spoilt: Option<Class>,
}

/// The sizes of all.
#[derive(Debug)]
pub(super) struct Sizes {
    /// By municipality.
    pub(super) all: Vec<Size>,
}

impl Sizes {
    pub(super) fn of(catalogue: &Catalogue, plan: &Plan) -> Result<Self, PlanError> {
        let mut all = municipalities(catalogue, plan)?;
        let count = u32::from(plan.municipalities);
        if plan.codes < count.saturating_mul(CODES_MIN) {
            return Err(PlanError::TooFew);
        }
        if plan.codes > count.saturating_mul(CODES_MAX) {
            return Err(PlanError::TooMany);
        }
        let mut drawn_jw: BTreeMap<String, u64> = BTreeMap::new();
        let mut drawn = Vec::with_capacity(all.len());
        for size in &all {
            let jw = *drawn_jw.entry(size.region.clone()).or_insert_with(|| {
                let mut random = Random::of(plan.seed, "size-region", &size.region);
                let model = list::Model::of(&mut Random::of(plan.seed, "model", &size.region));
                // A region that gives categories alone has few products to name.
                let middle = if model == list::Model::Aspecific {
                    JW / 5
                } else {
                    JW
                };
                times(middle, random.spread(SIGMA)).max(2)
            });
            let mut random = Random::of(plan.seed, "size", &size.municipality.to_string());
            let wmo = times(WMO, random.spread(SIGMA)).max(2);
            let aids = if random.chance(HAVE_AIDS) { AIDS } else { 0 };
            drawn.push((jw, wmo + aids, aids));
        }
        let total: u64 = drawn.iter().map(|(jw, wmo, _)| jw + wmo).sum();
        let wanted = u64::from(plan.codes);
        for (size, (jw, _, _)) in all.iter_mut().zip(&drawn) {
            size.jw = number((jw * wanted / total).clamp(2, u64::from(CODES_MAX)));
        }
        let of_regions: u64 = all.iter().map(|size| u64::from(size.jw)).sum();
        // What municipalities have for themselves makes the sum come out.
        let rest = wanted
            .checked_sub(of_regions)
            .filter(|rest| *rest >= 2 * u64::from(count))
            .ok_or(PlanError::TooFew)?;
        let spare = rest - 2 * u64::from(count);
        let total: u64 = drawn.iter().map(|(_, wmo, _)| wmo).sum();
        let mut before = 0;
        let mut given = 0;
        for (size, (_, wmo, aids)) in all.iter_mut().zip(&drawn) {
            before += wmo;
            let upto = spare * before / total;
            size.wmo = number(2 + upto - given);
            given = upto;
            size.aids = number(u64::from(size.wmo) * aids / wmo);
        }
        Ok(Self { all })
    }
}

fn municipalities(catalogue: &Catalogue, plan: &Plan) -> Result<Vec<Size>, PlanError> {
    let size = |municipality: Municipality, name: String, region: &str| {
        let region = if region.is_empty() {
            name.as_str()
        } else {
            region
        };
        let letters = region.to_lowercase();
        let file = letters
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
        Size {
            municipality,
            region: file.collect(),
            name,
            jw: 0,
            wmo: 0,
            aids: 0,
            rank: 0,
            spoilt: None,
        }
    };
    let wanted = usize::from(plan.municipalities);
    let mut all: Vec<Size> = catalogue
        .names
        .iter()
        .take(wanted)
        .map(|(&municipality, named)| size(municipality, named.name.to_string(), &named.region))
        .collect();
    if all.is_empty() {
        return Err(PlanError::NoMunicipalities);
    }
    let mut random = Random::of(plan.seed, "predecessors", "");
    let real = all.len();
    for number in 0..wanted - real {
        let number = u16::try_from(number)
            .ok()
            .filter(|number| *number < INVENTED_MAX);
        let code = number.and_then(|number| Municipality::new(INVENTED + number));
        let code = code.ok_or(PlanError::TooMany)?;
        let Some(heir) = all.get(random.index(real)) else {
            break;
        };
        let (name, region) = (
            format!("Verzonnen voorganger van {}", heir.name),
            heir.region.clone(),
        );
        all.push(size(code, name, &region));
    }
    all.sort_by_key(|size| size.municipality);
    let mut order: Vec<usize> = (0..all.len()).collect();
    let mut random = Random::of(plan.seed, "order", "");
    for upto in (1..order.len()).rev() {
        order.swap(upto, random.index(upto + 1));
    }
    for (size, rank) in all.iter_mut().zip(order) {
        size.rank = rank;
        if plan.conflicts && wanted >= 2 * FILE_FAULTS.len() {
            size.spoilt = FILE_FAULTS.get(rank).copied();
        }
    }
    Ok(all)
}

fn number(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Regions;
    use crate::tests::generated::base;

    #[test]
    fn sizes_lie_around_what_was_seen_and_sum_to_what_was_asked() {
        let plan = Plan {
            seed: 3,
            codes: 145_000,
            municipalities: 342,
            regions: Regions::Copied,
            conflicts: false,
        };
        let sizes = Sizes::of(&base(), &plan).unwrap().all;
        assert_eq!(sizes.len(), 342);
        let sum: u32 = sizes.iter().map(|size| size.jw + size.wmo).sum();
        assert_eq!(sum, plan.codes);
        let mut wmo: Vec<u32> = sizes.iter().map(|size| size.wmo - size.aids).collect();
        wmo.sort_unstable();
        // The middle of a log-normal distribution, times the scale; and its quarters, e to the power of plus and minus 0.337 from there.
        let (low, middle, high) = (wmo[85], wmo[171], wmo[256]);
        assert!((120..260).contains(&middle), "{middle}");
        assert!(
            low * 100 > middle * 60 && low * 100 < middle * 85,
            "{low} of {middle}"
        );
        assert!(
            high * 100 > middle * 118 && high * 100 < middle * 165,
            "{high} of {middle}"
        );
        let have_aids = sizes.iter().filter(|size| size.aids > 0).count();
        assert!((75..130).contains(&have_aids), "{have_aids}");
        let regions: BTreeMap<&str, u32> = sizes
            .iter()
            .map(|size| (size.region.as_str(), size.jw))
            .collect();
        assert!(
            sizes
                .iter()
                .all(|size| regions[size.region.as_str()] == size.jw)
        );
    }
}
