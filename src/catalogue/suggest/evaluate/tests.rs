//! The evaluation itself, on made-up pairs.

use super::{Data, Half, Labelled, Origin, Texts, Variation, evaluate, run};

const PAIRS: &str = "source,law,local_code,local_description_nl,unit_code,relation,target_list,target_release,target_code,target_description_nl,origin,confidence,note
L-EDE,wmo,07A03,Dagbesteding gewoon,16,exact,WMO021,2019-02,07A03,x,owner,1.0,
L-WAD,wmo,07X04,\"Dagopvang, plus\",16,exact,WMO021,2019-02,07A04,x,hand,0.8,
L-WAD,wmo,07X04,\"Dagopvang, plus\",16,related,WMO021,2019-02,07A03,x,hand,0.5,
L-AMS,wmo,TOE,Toeslag,14,none,,,,,hand,0.8,
L-AMS,wmo,ONZIN,Zwembad,14,exact,WMO021,2019-02,07A03,x,hand,0.8,
L-WBW,wmo,1,Dagbesteding regulier,16,exact,WMO021,2019-02,07A03,x,derived,0.9,
";
const LOCAL: &str =
    "source,owner,law,year,local_code,description_nl,unit_nl,unit_code,price_eur,note
L-EDE,Ede,wmo,2024,07A03,Dagbesteding gewoon,dagdeel,16,36.45,
";
const PRODUCTS: &str = "list,release,law,code,description_nl,category_code,variant,help_form_code,help_form_or_group_nl,nza_code,pattern,source
WMO021,2019-02,wmo,07A03,Dagbesteding regulier: inspanningsgericht,07,inspanningsgericht,,,,NNLNN,S
WMO021,2019-02,wmo,07A04,Dagbesteding specialistisch: inspanningsgericht,07,inspanningsgericht,,,,NNLNN,S
WMO021,2016-09,wmo,07A00,Dagbesteding,07,,,,,NNLNN,S
";
const CATEGORIES: &str = "law,codelist,code,name_nl,valid_from,valid_to
wmo,WMO020,07,Dagbesteding,,
wmo-pgb,WMO022,99,Totaal,,
";

fn data() -> Data {
    let texts = Texts {
        pairs: PAIRS,
        local: LOCAL,
        products: PRODUCTS,
        categories: CATEGORIES,
    };
    Data::read(&texts).unwrap()
}

#[test]
fn the_engine_sees_the_category_and_never_the_code() {
    let data = data();
    assert_eq!(data.products.len(), 2);
    assert_eq!(data.queries.len(), 4);
    assert!(data.queries.iter().all(|query| query.local.code.is_none()));
    let [ede, wad, toe, _] = &data.queries[..] else {
        panic!()
    };
    assert_eq!(ede.local.category, "07".parse().ok());
    assert_eq!(ede.local.tariff_cents, Some(3645));
    assert_eq!((ede.origin, ede.half), (Origin::Owner, Half::Tuned));
    assert_eq!((wad.origin, wad.half), (Origin::Hand, Half::HeldOut));
    assert_eq!(wad.targets.len(), 2);
    assert_eq!(toe.local.category, None);
    assert_eq!((toe.relation, toe.targets.len()), (Labelled::None, 0));
}

#[test]
fn places_are_counted_by_half_and_products_without_a_counterpart_apart() {
    let data = data();
    let outcomes = run(&data, Variation::All).unwrap();
    let places: Vec<_> = outcomes.iter().map(|outcome| outcome.place).collect();
    assert_eq!(places, [Some(1), Some(1), None, None]);
    let report = evaluate(&data).unwrap();
    let held_out = report.held_out();
    assert_eq!((held_out.products, held_out.first, held_out.ten), (2, 1, 1));
    assert_eq!(report.none[0].products, 0);
    assert_eq!((report.none[1].products, report.none[1].found), (1, 1));
    assert_eq!(report.none[1].expected, 2);
    let shown = report.to_string();
    for shown_part in [
        "tegen 2 landelijke codes",
        "wet wmo",
        "herkomst eigenaar",
        "1 van 1; 1 van 2; ",
    ] {
        assert!(shown.contains(shown_part), "{shown}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let texts = Texts {
        pairs: PAIRS,
        local: LOCAL,
        products: PRODUCTS,
        categories: CATEGORIES,
    };
    let without = PAIRS.replace("relation", "verband");
    let error = Data::read(&Texts {
        pairs: &without,
        ..texts
    });
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("labelled_pairs.csv")
    );
    let wrong = PAIRS.replace(",none,,,,,", ",exact,,,,,");
    let error = Data::read(&Texts {
        pairs: &wrong,
        ..texts
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "labelled_pairs.csv line 4: `relation` cannot be read"
    );
}
