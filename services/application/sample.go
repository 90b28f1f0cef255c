package application

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// DemoPlace is where and what an invented application is about. Unit is the unit's name, Region its six-digit code,
// Lon and Lat the zone's centre in degrees; the rest come from the rule set.
type DemoPlace struct {
	Unit, Region string
	Sectors      []string
	Area         string
	Lon, Lat     float64
	BaseYear     int64
	Indicators   []string
	PlannedYears int
	RevenueBands []string
}

// DemoContent invents a complete application for demonstrations and tests. Every name in it says 示例, every figure is
// made up from the seed alone, and the machine checks of a default rule set refuse nothing in it.
func DemoContent(seed int, place DemoPlace) (Content, error) {
	d := demo{seed: seed, place: place}
	polygon, area, err := d.polygon()
	if err != nil {
		return Content{}, err
	}
	business, err := d.business()
	if err != nil {
		return Content{}, err
	}
	code, err := d.code(0)
	if err != nil {
		return Content{}, err
	}
	floor := area / 3
	return Content{
		Body: Body{
			Name: d.name("集聚区示例管理委员会"), Kind: CommitteeBody, CreditCode: code,
			LegalRepresentative: "示例负责人", Managers: int64(5 + d.roll(1, 20)),
			Contact: Contact{Name: "示例联系人", Phone: fmt.Sprintf("023-0000%04d", d.roll(2, 10_000)),
				Email: fmt.Sprintf("demo%d@example.com", d.seed)},
		},
		Boundary: Boundary{
			East: "示例东路中心线", South: "示例河北岸", West: "示例西路东侧红线", North: "示例大道南侧红线",
			Polygon: polygon, AreaM2: area, FloorAreaM2: &floor,
		},
		Goals:    d.goals(),
		Business: business,
		Positioning: Positioning{
			Area:     place.Area,
			Text:     demoText(d.name("示例集聚区") + "以所选行业的骨干企业为依托,"),
			Relation: demoText("本示例集聚区与所在功能区鼓励发展的产业方向衔接,"),
			Platforms: []Platform{{Name: "示例公共服务平台", Description: "为入驻企业提供检测、培训和信息服务(示例)",
				Year: place.BaseYear + 1}},
		},
		Factors: d.factors(area),
		Fund:    d.fund(),
		Recommendation: Recommendation{
			DocumentNumber: fmt.Sprintf("示例文〔%d〕%d号", place.BaseYear+1, 1+d.roll(3, 200)),
			Date:           demoDate(place.BaseYear+1, 3),
		},
	}, nil
}

// DemoFiles invents one file per slot, in the first format the slot takes.
func DemoFiles(slots []SlotRule) []FileRef {
	files := make([]FileRef, 0, len(slots))
	for i, s := range slots {
		format := "pdf"
		if len(s.Formats) > 0 {
			format = s.Formats[0]
		}
		body := "示例 " + s.Code
		files = append(files, FileRef{
			Slot: s.Code, Name: fmt.Sprintf("示例材料%d.%s", i+1, format),
			Size: int64(len(body)), SHA256: Digest([]byte(body)),
		})
	}
	return files
}

type demo struct {
	seed  int
	place DemoPlace
}

// roll is a number below n that depends on seed and purpose only (the finaliser of SplitMix64).
func (d demo) roll(purpose, n int) int {
	x := uint64(d.seed)*0x9e3779b97f4a7c15 + uint64(purpose)*0xd1342543de82ef95
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

func (d demo) name(what string) string {
	return d.place.Unit + strconv.Itoa(d.seed) + "号" + what
}

// code makes a valid code in an organisation range that spells DEM, so that it is recognisable as invented.
func (d demo) code(n int) (string, error) {
	kind := "91"
	if n == 0 {
		kind = "12"
	}
	return MakeCreditCode(fmt.Sprintf("%s%sDEM%03d%03d", kind, d.place.Region, (d.seed%1000+1000)%1000, n))
}

// polygon draws an uneven octagon about 1 km across.
func (d demo) polygon() (json.RawMessage, int64, error) {
	const corners = 8
	points := make([]string, corners+1)
	for i := range corners {
		angle := 2 * math.Pi * float64(i) / corners
		radius := 0.004 + 0.002*float64(d.roll(100+i, 1000))/1000
		points[i] = fmt.Sprintf("[%.6f,%.6f]",
			d.place.Lon+radius*math.Cos(angle), d.place.Lat+radius*math.Sin(angle))
	}
	points[corners] = points[0]
	g, err := ParseGeometry([]byte(`{"type":"Polygon","coordinates":[[` + strings.Join(points, ",") + `]]}`))
	if err != nil {
		return nil, 0, fmt.Errorf("demo boundary: %w", err)
	}
	raw, err := g.MarshalJSON()
	const rounding = 1000 // as a unit would state it: to a thousandth of a km²
	return raw, (g.AreaM2() + rounding/2) / rounding * rounding, err
}

func (d demo) goals() Goals {
	goals := Goals{BaseYear: d.place.BaseYear}
	for i, indicator := range d.place.Indicators {
		base := int64(40 + d.roll(200+i, 60))
		if IndicatorUnit(indicator) == UnitFen {
			base *= 100_000_000_000 / int64(i+1) // 10 亿元 and less
		}
		row := GoalRow{Indicator: indicator, Base: &base}
		for k := range d.place.PlannedYears {
			value := base + base*int64(8*(k+1)+d.roll(300+i, 4))/100
			row.Planned = append(row.Planned, &value)
		}
		goals.Rows = append(goals.Rows, row)
	}
	return goals
}

func (d demo) business() (Business, error) {
	b := Business{Sectors: d.place.Sectors}
	for i, sector := range d.place.Sectors {
		b.Leading = append(b.Leading, LeadingBusiness{
			Name: fmt.Sprintf("示例主导业态%d", i+1), Sector: sector,
			ShareBP: int64(7000 / len(d.place.Sectors)),
		})
	}
	if len(b.Sectors) == 0 || len(d.place.RevenueBands) == 0 {
		return Business{}, fmt.Errorf("demo business: no sectors or revenue bands given")
	}
	for i := range 30 + d.roll(4, 20) {
		code, err := d.code(i + 1)
		if err != nil {
			return Business{}, fmt.Errorf("demo firm: %w", err)
		}
		b.Firms = append(b.Firms, Firm{
			Name: fmt.Sprintf("示例企业%d-%02d有限公司", d.seed, i+1), Code: code,
			Sector:      b.Sectors[i%len(b.Sectors)],
			RevenueBand: d.place.RevenueBands[d.roll(400+i, len(d.place.RevenueBands))],
		})
	}
	return b, nil
}

func (d demo) factors(area int64) Factors {
	factor := func(amount int64, source, body string) Factor {
		return Factor{Amount: &amount, Source: source, Body: d.place.Unit + body, Date: demoDate(d.place.BaseYear+1, 12)}
	}
	return Factors{
		Land:      factor(area/10/10_000*10_000, "示例存量用地", "示例用地部门"),
		Funds:     factor(int64(10+d.roll(5, 40))*100_000_000_00, "示例财政预算", "示例财政部门"),
		Talent:    factor(int64(50+d.roll(6, 100)), "示例人才计划", "示例人力部门"),
		Utilities: factor(int64(1+d.roll(7, 9))*1_000_000_000, "示例水电气改造", "示例建设部门"),
	}
}

func (d demo) fund() Fund {
	f := Fund{SourceLine: "示例一般公共预算", DocumentNumber: fmt.Sprintf("示例财〔%d〕%d号", d.place.BaseYear+1, 1+d.roll(8, 90))}
	for k := range 3 {
		f.Years = append(f.Years, FundYear{Year: d.place.BaseYear + int64(k) + 1,
			AmountFen: int64(1+d.roll(500+k, 9)) * 1_000_000_000})
	}
	return f
}

func demoDate(year int64, month int) string {
	return fmt.Sprintf("%04d-%02d-20", year, month)
}

// demoText is long enough for the usual shortest length of a positioning text.
func demoText(start string) string {
	return start + strings.Repeat("建设共享设施,引进上下游企业,完善人才与资金服务,按年度检查目标完成情况。", 12) + "(示例文字,非真实内容)"
}
