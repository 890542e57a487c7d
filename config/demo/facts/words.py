"""Words from which institutions, firms and people are named: pairs of Chinese and English."""

from typing import Final

Pair = tuple[str, str]

UNIVERSITIES: Final[tuple[Pair, ...]] = (
    ("{0}大学", "{0} University"),
    ("{0}理工大学", "{0} University of Technology"),
    ("{0}农林大学", "{0} Agriculture and Forestry University"),
    ("{0}医科大学", "{0} Medical University"),
    ("{0}师范大学", "{0} Normal University"),
)
INSTITUTES: Final[tuple[Pair, ...]] = (
    ("{0}新材料研究院", "{0} Institute of Advanced Materials"),
    ("{0}生物医药研究院", "{0} Institute of Biomedicine"),
    ("{0}智能制造研究院", "{0} Institute of Intelligent Manufacturing"),
    ("{0}海洋科学研究所", "{0} Institute of Marine Science"),
    ("{0}计量检测研究院", "{0} Institute of Metrology and Testing"),
)
COMPLEXES: Final[tuple[Pair, ...]] = (
    ("{0}现代纺织产业创新服务综合体", "{0} Textile Innovation Service Complex"),
    ("{0}五金产业创新服务综合体", "{0} Hardware Innovation Service Complex"),
    ("{0}汽车零部件产业创新服务综合体", "{0} Automotive Parts Innovation Service Complex"),
    ("{0}集成电路产业创新服务综合体", "{0} Integrated Circuit Innovation Service Complex"),
    ("{0}光伏产业创新服务综合体", "{0} Photovoltaics Innovation Service Complex"),
)
COMPANIES: Final[tuple[Pair, ...]] = (
    ("{0}检测技术有限公司", "{0} Testing Co., Ltd."),
    ("{0}分析仪器服务有限公司", "{0} Analytical Services Co., Ltd."),
)
DEPARTMENTS: Final[tuple[Pair, ...]] = (
    ("分析测试中心", "Analytical and Testing Centre"),
    ("材料科学与工程学院", "School of Materials Science and Engineering"),
    ("化学与化工学院", "School of Chemistry and Chemical Engineering"),
    ("生命科学学院", "School of Life Sciences"),
    ("机械工程学院", "School of Mechanical Engineering"),
    ("公共技术服务平台", "Shared Technology Platform"),
    ("质量检验部", "Quality Inspection Department"),
)
BUILDINGS: Final[tuple[Pair, ...]] = (
    ("科研楼A座", "Research Building A"),
    ("实验楼2号", "Laboratory Building 2"),
    ("测试中心大楼", "Testing Centre"),
    ("创新园1幢", "Innovation Park, Block 1"),
)
BRANDS: Final[tuple[Pair, ...]] = (
    ("华", "Hua"), ("锦", "Jin"), ("瑞", "Rui"), ("越", "Yue"), ("恒", "Heng"), ("新", "Xin"), ("康", "Kang"),
    ("宏", "Hong"), ("德", "De"), ("安", "An"), ("润", "Run"), ("博", "Bo"), ("立", "Li"), ("永", "Yong"),
    ("美", "Mei"), ("泰", "Tai"), ("创", "Chuang"), ("远", "Yuan"), ("佳", "Jia"), ("源", "Yuan"),
)  # fmt: skip
INDUSTRIES: Final[tuple[Pair, ...]] = (
    ("纺织", "Textiles"), ("新材料", "New Materials"), ("生物科技", "Biotechnology"), ("五金制品", "Hardware"),
    ("汽车零部件", "Automotive Parts"), ("电子科技", "Electronics"), ("化工", "Chemicals"), ("食品", "Foods"),
    ("医疗器械", "Medical Devices"), ("环保科技", "Environmental Technology"), ("光电", "Optoelectronics"),
    ("机械制造", "Machinery"),
)  # fmt: skip
SURNAMES: Final[tuple[Pair, ...]] = (
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("陈", "Chen"), ("徐", "Xu"), ("沈", "Shen"), ("吴", "Wu"),
    ("周", "Zhou"), ("金", "Jin"), ("朱", "Zhu"), ("胡", "Hu"), ("林", "Lin"), ("郑", "Zheng"), ("叶", "Ye"),
    ("何", "He"), ("潘", "Pan"), ("钱", "Qian"), ("俞", "Yu"), ("章", "Zhang"), ("方", "Fang"),
)  # fmt: skip
GIVEN_NAMES: Final[tuple[Pair, ...]] = (
    ("晓明", "Xiaoming"), ("思远", "Siyuan"), ("雨桐", "Yutong"), ("建国", "Jianguo"), ("佳怡", "Jiayi"),
    ("浩然", "Haoran"), ("丽萍", "Liping"), ("志强", "Zhiqiang"), ("静", "Jing"), ("磊", "Lei"), ("婷", "Ting"),
    ("俊杰", "Junjie"), ("慧", "Hui"), ("宇航", "Yuhang"), ("文博", "Wenbo"), ("欣怡", "Xinyi"), ("海燕", "Haiyan"),
    ("鹏飞", "Pengfei"), ("梦洁", "Mengjie"), ("国平", "Guoping"),
)  # fmt: skip
FOREIGN_NAMES: Final[tuple[str, ...]] = (
    "Emily Carter", "James Fraser", "Aisha Khan", "Robert MacLeod", "Sofia Rossi", "Daniel Cohen", "Maria Lopez",
    "Thomas Reid", "Grace Lee", "Olivia Brown", "Hannah Schmidt", "Samuel Okafor",
)  # fmt: skip
PURPOSES: Final[tuple[Pair, ...]] = (
    ("新产品来料检测", "Incoming inspection for a new product"),
    ("批次质量对比", "Comparison of batches"),
    ("失效分析", "Failure analysis"),
    ("样品表征", "Characterisation of samples"),
    ("方法验证", "Validation of a method"),
    ("课题实验", "Research project"),
    ("委托检测", "Commissioned test"),
    ("工艺优化", "Process optimisation"),
)
CANCELLED_BECAUSE: Final[tuple[Pair, ...]] = (
    ("实验计划调整", "The experiment was rescheduled"),
    ("样品未到", "The samples did not arrive"),
    ("改用其他仪器", "Another instrument is used instead"),
)
COUNTRIES: Final[dict[str, Pair]] = {
    "AT": ("奥地利", "Austria"), "BE": ("比利时", "Belgium"), "CH": ("瑞士", "Switzerland"),
    "CN": ("中国", "China"),
    "CZ": ("捷克", "Czechia"), "DE": ("德国", "Germany"), "DK": ("丹麦", "Denmark"), "FR": ("法国", "France"),
    "GB": ("英国", "United Kingdom"), "IT": ("意大利", "Italy"), "JP": ("日本", "Japan"),
    "KR": ("韩国", "South Korea"), "LT": ("立陶宛", "Lithuania"), "NL": ("荷兰", "Netherlands"),
    "SE": ("瑞典", "Sweden"), "US": ("美国", "United States"),
}  # fmt: skip
