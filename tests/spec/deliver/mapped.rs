//! An endpoint is brought the form that is its party's.

use super::couriers::{Script, TAKEN, to_a};
use crate::mapping::{AGREED, ROWS, allocation, changed, translating, with};
use crate::world::World;

#[tokio::test]
async fn what_is_brought_to_a_municipality_has_its_own_codes() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, _] = allocation("T1");
    world.taken("gemeente-a", &own).await;
    let own = with("JW305", "S1", &[(">45A04<", ">45X48<")]);
    let canonical = changed(&own, &[(">45X48<", ">45A48<")]);
    let start = world.taken("zorg-a", &canonical).await;
    let script = Script::new(&world, |_, _| TAKEN);
    let mut courier = to_a(&world, &script);
    assert_eq!(courier.until_idle().await, None);
    let asked = script.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].id, &asked[0].body[..]), (start.id, &own[..]));
}
